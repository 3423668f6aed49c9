#!/usr/bin/env python3
"""The peer Unsloth, for the same work as bench/peer.py: causal language modelling on the Llama-3.1-8B shape, its fast path.

Unsloth loads folders only, so that random weights are written to --folder first (16 GB in bf16; kept for the next
call). Cases are lengths with what follows: "clinical", "512:recompute", "clinical:nf4", "512:recompute:nf4". Prints one
JSON line of peer.py's form for each; a case that fails says so and the next goes on."""
import unsloth  # noqa: F401 - patches what is imported after it
import argparse
import gc
import json
import pathlib
import time
import traceback

import torch
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast
from unsloth import FastLanguageModel

from peer import SHAPES, batches
from random_model import write_folder


def add_word_tokenizer(folder):
    words = {"<s>": 0, "</s>": 1, "<pad>": 2, **{f"w{i}": i for i in range(3, SHAPES["llama8b"]["vocab_size"])}}
    PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel(words, unk_token="<pad>")), bos_token="<s>",
                            eos_token="</s>", pad_token="<pad>", unk_token="<pad>").save_pretrained(folder)


def measure(args):
    model, _ = FastLanguageModel.from_pretrained(str(args.folder), max_seq_length=512, dtype=torch.bfloat16,
                                                 load_in_4bit=args.nf4, use_exact_model_name=True, fix_tokenizer=False)
    model = FastLanguageModel.get_peft_model(
        model, r=args.rank, lora_alpha=2 * args.rank, lora_dropout=0, bias="none",
        target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        use_gradient_checkpointing="unsloth" if args.recompute else False)
    FastLanguageModel.for_training(model, use_gradient_checkpointing=args.recompute)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, fused=True)
    work = batches(args, torch.device("cuda"), model.config.vocab_size)
    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()

    def one_pass():
        torch.cuda.synchronize()
        start = time.perf_counter()
        for inputs, _ in work:
            with torch.autocast("cuda", dtype=torch.bfloat16):
                loss = model(**inputs).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        torch.cuda.synchronize()
        return sum(n for _, n in work) / (time.perf_counter() - start)

    rates = [one_pass() for _ in range(1 + args.passes)]
    print(json.dumps({"peer": "unsloth", "model": "llama8b", "work": "lm", "lengths": args.lengths, "batch": args.batch,
                      "dtype": "bfloat16", "recompute": args.recompute, "nf4": args.nf4, "layers": args.layers or 32,
                      "trainable": sum(p.numel() for p in parameters), "first_pass": round(rates[0], 1),
                      "steady": round(max(rates[1:]), 1),
                      "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="+")
    parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("/dev/shm/polyclinic-unsloth"))
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--batches", type=int, default=4)
    parser.add_argument("--passes", type=int, default=2)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--layers", type=int, default=0)
    args = parser.parse_args()
    torch.manual_seed(0)
    args.work = "lm"
    add_word_tokenizer(write_folder(args.folder, "llama8b", args.layers, shard="20GB"))
    for case in args.cases:
        args.lengths, *words = case.split(":")
        args.recompute, args.nf4 = "recompute" in words, "nf4" in words
        try:
            measure(args)
        except Exception as error:  # noqa: BLE001 - whatever a peer throws is a result
            traceback.print_exc()
            print(f"unsloth {case}: {type(error).__name__}: {str(error)[:200]}", flush=True)
        gc.collect()
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
