#!/usr/bin/env python3
"""Writes the reference data of this folder: tiny random models of the four families, and what HF transformers and PEFT
compute with them in fp32 on one CPU thread. Layout: README.md beside this file. Run it as

    .deps/venv/bin/python tests/parity/model/make_references.py

It rewrites the same files with the same versions (transformers 5.17, PEFT 0.21)."""
import copy
import json
import math
import pathlib
import shutil

import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).resolve().parent
LENGTHS = [7, 1, 13, 7, 19]  # odd, equal pairs (grouped attention), a single token, longer than every window
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
RANK, ALPHA = 4, 8.0
COMMON = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
              vocab_size=64, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 16}

# name -> (configuration, model class)
CASES = {
    "llama": (transformers.LlamaConfig(**COMMON, rms_norm_eps=1e-5, tie_word_embeddings=False,
                                       rope_parameters={"rope_theta": 500.0, **LLAMA3}), transformers.LlamaForCausalLM),
    # Tied, head size unlike hidden / heads, one key-value head; config.json in the layout of transformers 4.
    "llama_tied": (transformers.LlamaConfig(**{**COMMON, "num_key_value_heads": 1}, head_dim=12, rms_norm_eps=1e-6,
                                            tie_word_embeddings=True, rope_parameters={"rope_theta": 10000.0, **LLAMA3}),
                   transformers.LlamaForCausalLM),
    "mistral": (transformers.MistralConfig(**COMMON, head_dim=8, sliding_window=5, rms_norm_eps=1e-5,
                                           tie_word_embeddings=False), transformers.MistralForCausalLM),
    "gemma2": (transformers.Gemma2Config(**COMMON, head_dim=12, sliding_window=5, query_pre_attn_scalar=10,
                                         attn_logit_softcapping=3.0, final_logit_softcapping=2.5,
                                         tie_word_embeddings=True), transformers.Gemma2ForCausalLM),
    "phi3": (transformers.Phi3Config(**COMMON, sliding_window=6, rms_norm_eps=1e-5, tie_word_embeddings=False),
             transformers.Phi3ForCausalLM),
}


def build(name):
    """The model with random weights that bf16 holds exactly, so that a bf16 file loses nothing."""
    config, kind = CASES[name]
    config._attn_implementation = "eager"
    torch.manual_seed(sorted(CASES).index(name) + 1)
    model = kind(config).float().eval()
    with torch.no_grad():
        for key, weight in model.named_parameters():
            if weight.dim() == 1:  # norms
                weight.copy_(0.3 * torch.randn_like(weight) + (0.0 if name == "gemma2" else 1.0))
            else:
                gain = {"q_proj": 2.0, "k_proj": 2.0, "qkv_proj": 1.7, "embed_tokens": 2.0}.get(key.split(".")[-2], 1.0)
                weight.copy_(gain * torch.randn_like(weight) / math.sqrt(weight.shape[1]))
            weight.copy_(weight.bfloat16().float())
            weight.requires_grad_(False)
    return model


def save_model(model, name):
    """config.json and model.safetensors (bf16), as save_pretrained lays them out."""
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    copy.deepcopy(model).bfloat16().save_pretrained(folder)  # a copy: the rotary buffers must stay fp32
    (folder / "generation_config.json").unlink(missing_ok=True)
    if name == "llama_tied":
        path = folder / "config.json"
        config = json.loads(path.read_text())
        rope = config.pop("rope_parameters")
        config["rope_theta"] = rope.pop("rope_theta")
        config["rope_scaling"] = rope
        config["torch_dtype"] = config.pop("dtype")
        config["transformers_version"] = "4.45.0"
        path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def sequences(name):
    generator = torch.Generator().manual_seed(1000 + sorted(CASES).index(name))
    ids = [torch.randint(3, COMMON["vocab_size"], (n,), generator=generator) for n in LENGTHS]
    upstream = torch.randn(sum(LENGTHS), COMMON["hidden_size"], generator=generator)
    return ids, upstream


def full_mask(length, window):
    distance = (torch.arange(length)[:, None] - torch.arange(length)[None, :]).abs()
    mask = torch.zeros(length, length)
    if window:
        mask[distance >= window] = torch.finfo(torch.float32).min
    return mask[None, None]


def bidirectional_mask(config, length):
    window = getattr(config, "sliding_window", None)
    if config.model_type == "gemma2":
        return {"full_attention": full_mask(length, None), "sliding_attention": full_mask(length, window)}
    return full_mask(length, window)


def trunk_references(model, name):
    ids, upstream = sequences(name)
    hidden, both, logits, gradients, loss_sum, start = [], [], [], [], 0.0, 0
    for sequence in ids:
        rows = upstream[start:start + len(sequence)]
        start += len(sequence)
        embedding = model.model.embed_tokens.weight[sequence].clone()
        if name == "gemma2":  # inputs_embeds are taken after the scaling
            embedding = model.model.embed_tokens(sequence).clone()
        embedding.requires_grad_(True)
        out = model.model(inputs_embeds=embedding[None]).last_hidden_state[0]
        (gradient,) = torch.autograd.grad((out * rows).sum(), embedding)
        gradients.append(gradient)
        hidden.append(out.detach())
        with torch.no_grad():
            result = model(input_ids=sequence[None])
            logits.append(result.logits[0])
            if len(sequence) > 1:
                loss_sum += torch.nn.functional.cross_entropy(result.logits[0, :-1], sequence[1:], reduction="sum").item()
            mask = bidirectional_mask(model.config, len(sequence))
            both.append(model.model(input_ids=sequence[None], attention_mask=mask).last_hidden_state[0])
            torch.testing.assert_close(out, model.model(input_ids=sequence[None]).last_hidden_state[0])
    loss_tokens = sum(n - 1 for n in LENGTHS)
    save(HERE / name / "references.safetensors", {
        "token_ids": torch.cat(ids).int(), "lengths": torch.tensor(LENGTHS, dtype=torch.int32), "upstream": upstream,
        "hidden": torch.cat(hidden), "hidden_bidirectional": torch.cat(both), "logits": torch.cat(logits),
        "embedding_gradient": torch.cat(gradients), "loss": torch.tensor([loss_sum / loss_tokens])})


def randomise_adapter(model, seed):
    """Random A and B, both non-zero, in the order of their sorted names."""
    generator = torch.Generator().manual_seed(seed)
    parameters = {key: p for key, p in model.named_parameters() if "lora_" in key}
    with torch.no_grad():
        for key in sorted(parameters):
            p = parameters[key]
            p.copy_(torch.randn(p.shape, generator=generator) / math.sqrt(p.shape[1]) * 0.5)
            p.requires_grad_(True)
    return parameters


def lora_references(trunk, parameters, name, file):
    """One backward per task: sequences 0, 2, 4 belong to task 0, sequences 1, 3 to task 1."""
    ids, upstream = sequences(name)
    starts = [sum(LENGTHS[:i]) for i in range(len(LENGTHS) + 1)]
    hidden = [None] * len(ids)
    tensors = {f"value.{key}": p.detach().clone() for key, p in parameters.items()}
    total = 0.0
    for task in (0, 1):
        loss = 0.0
        for i in range(task, len(ids), 2):
            hidden[i] = trunk(input_ids=ids[i][None]).last_hidden_state[0]
            loss = loss + (hidden[i] * upstream[starts[i]:starts[i + 1]]).sum()
        keys = sorted(parameters)
        for key, gradient in zip(keys, torch.autograd.grad(loss, [parameters[key] for key in keys])):
            tensors[f"gradient.task{task}.{key}"] = gradient
        total += loss.item()
    tensors |= {"token_ids": torch.cat(ids).int(), "lengths": torch.tensor(LENGTHS, dtype=torch.int32),
                "upstream": upstream, "hidden": torch.cat([h.detach() for h in hidden]), "loss": torch.tensor([total])}
    save(HERE / name / file, tensors)


def peft_references(model, name, targets, file, adapter_folder):
    config = LoraConfig(r=RANK, lora_alpha=ALPHA, lora_dropout=0.0, target_modules=targets, bias="none",
                        task_type="CAUSAL_LM")
    wrapped = get_peft_model(model, config).eval()
    found = randomise_adapter(wrapped, 77)
    parameters = {key.replace(".default.", "."): p for key, p in found.items()}
    lora_references(wrapped.base_model.model.model, parameters, name, file)
    if adapter_folder:
        wrapped.save_pretrained(HERE / name / adapter_folder)
        (HERE / name / adapter_folder / "README.md").unlink(missing_ok=True)
    wrapped.unload()


class SplitLora(torch.nn.Module):
    """A fused linear whose named row slices carry a LoRA each: the split definition for Phi-3, by hand."""

    def __init__(self, linear, parts):
        super().__init__()
        self.linear, self.parts = linear, [name for name, _ in parts]
        for part, rows in parts:
            self.register_module(part, torch.nn.ParameterDict({
                "lora_A": torch.nn.Parameter(torch.zeros(RANK, linear.in_features)),
                "lora_B": torch.nn.Parameter(torch.zeros(rows, RANK))}))

    def forward(self, x):
        added = [x @ getattr(self, part)["lora_A"].T @ getattr(self, part)["lora_B"].T for part in self.parts]
        return self.linear(x) + ALPHA / RANK * torch.cat(added, -1)


def split_references(model, name):
    config, fused = model.config, []
    query = config.num_attention_heads * config.hidden_size // config.num_attention_heads
    key = config.num_key_value_heads * config.hidden_size // config.num_attention_heads
    for layer in model.model.layers:
        attention, mlp = layer.self_attn, layer.mlp
        fused.append((attention, mlp, attention.qkv_proj, attention.o_proj, mlp.gate_up_proj, mlp.down_proj))
        attention.qkv_proj = SplitLora(attention.qkv_proj, [("q_proj", query), ("k_proj", key), ("v_proj", key)])
        attention.o_proj = SplitLora(attention.o_proj, [("o_proj", config.hidden_size)])
        mlp.gate_up_proj = SplitLora(mlp.gate_up_proj, [("gate_proj", config.intermediate_size),
                                                        ("up_proj", config.intermediate_size)])
        mlp.down_proj = SplitLora(mlp.down_proj, [("down_proj", config.hidden_size)])
    parameters = {}
    for key_name, p in randomise_adapter(model, 78).items():
        parts = key_name.split(".")  # model.layers.0.self_attn.qkv_proj.q_proj.lora_A
        parameters["base_model.model." + ".".join(parts[:4] + parts[5:]) + ".weight"] = p
    lora_references(model.model, parameters, name, "lora_split.safetensors")


def save(path, tensors):
    save_file({key: t.contiguous() for key, t in tensors.items()}, path)


def pickle_references():
    """A state dict with every kind of entry that torch.save writes: a view into a shared storage, a transposed tensor,
    a parameter, several dtypes; and the same tensors as safetensors."""
    folder = HERE / "pickle"
    folder.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(5)
    base = torch.randn(6, 4, generator=generator)
    state = torch.nn.Module().state_dict()  # an OrderedDict with _metadata
    state |= {"whole": base, "view": base[2:4, 1:3], "transposed": base.T,
              "parameter": torch.nn.Parameter(torch.randn(3, generator=generator)),
              "half": torch.randn(5, generator=generator).half(), "bfloat16": torch.randn(5, generator=generator).bfloat16(),
              "long": torch.arange(3), "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3)}
    torch.save(state, folder / "pytorch_model.bin")
    save(folder / "wanted.safetensors", {key: value.detach().clone() for key, value in state.items()})


def main():
    torch.set_num_threads(1)
    pickle_references()
    for name in CASES:
        model = build(name)
        save_model(model, name)
        trunk_references(model, name)
        if name == "phi3":
            peft_references(model, name, ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"], "lora_fused.safetensors", None)
            split_references(build(name), name)
        else:
            peft_references(model, name, TARGETS, "lora.safetensors", "adapter" if name in ("llama", "gemma2") else None)


if __name__ == "__main__":
    main()
