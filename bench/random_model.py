"""A folder of random weights in HF layout, for what loads folders only. Weights are made on the card and kept for the next
call: delete the folder when done."""
import gc
import pathlib
import shutil

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from peer import SHAPES


def write_folder(folder, name, layers=0, shard="5GB"):
    """config.json and *.safetensors in bf16 of the Llama shape `name`, where they are not there yet."""
    folder = pathlib.Path(folder)
    if (folder / "config.json").exists():
        return folder
    shape = {key: value for key, value in SHAPES[name].items() if key != "model_type"}
    if layers:
        shape["num_hidden_layers"] = layers
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        torch.set_default_dtype(torch.bfloat16)
        model = LlamaForCausalLM(LlamaConfig(bos_token_id=0, eos_token_id=1, **shape))
        torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder, max_shard_size=shard)
    del model
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return folder


def add_tokenizer(folder, source):
    """A tokenizer of fewer entries than the model's vocabulary will do for random weights."""
    shutil.copy(pathlib.Path(source) / "tokenizer.json", folder)
