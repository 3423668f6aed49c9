#!/usr/bin/env python3
"""The peer: the same training work on HF transformers + PEFT, so that a ratio is measured in one run on one machine.

One step = 16 sequences (or --batch), forward, backward, clipping, AdamW on LoRA of all seven linears. Random token ids;
tokens/s counts real tokens. `--lengths clinical` reads bench/clinical_lengths.txt; a number gives full rows.
`--work ner` is token classification (no vocabulary logits), `--work lm` causal language modelling.
Prints one JSON line: first pass (each batch shape for the first time) and steady (the same batches again)."""
import argparse
import json
import pathlib
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForTokenClassification

SHAPES = {
    "llama8b": dict(model_type="llama", hidden_size=4096, num_hidden_layers=32, num_attention_heads=32,
                    num_key_value_heads=8, intermediate_size=14336, vocab_size=128256, rope_theta=500000.0,
                    max_position_embeddings=131072, rms_norm_eps=1e-5),
    "llama3b": dict(model_type="llama", hidden_size=3072, num_hidden_layers=28, num_attention_heads=24,
                    num_key_value_heads=8, intermediate_size=8192, vocab_size=128256, rope_theta=500000.0,
                    max_position_embeddings=131072, rms_norm_eps=1e-5, tie_word_embeddings=True),
    "gemma2b": dict(model_type="gemma2", hidden_size=2304, num_hidden_layers=26, num_attention_heads=8,
                    num_key_value_heads=4, head_dim=256, intermediate_size=9216, vocab_size=256000,
                    query_pre_attn_scalar=256, sliding_window=4096),
    "phi3mini": dict(model_type="phi3", hidden_size=3072, num_hidden_layers=32, num_attention_heads=32,
                     num_key_value_heads=32, intermediate_size=8192, vocab_size=32064, sliding_window=2047,
                     pad_token_id=32000, max_position_embeddings=4096),
    "mistral7b": dict(model_type="mistral", hidden_size=4096, num_hidden_layers=32, num_attention_heads=32,
                      num_key_value_heads=8, intermediate_size=14336, vocab_size=32768, rope_theta=1000000.0,
                      sliding_window=None),
}


def quantise(model, dtype):
    """Every linear of the blocks as bitsandbytes' NF4 with double quantisation, as a QLoRA run loads it."""
    import bitsandbytes as bnb
    for path, module in list(model.named_modules()):
        for name, child in list(module.named_children()):
            if not isinstance(child, torch.nn.Linear) or "layers" not in path:
                continue
            linear = bnb.nn.Linear4bit(child.in_features, child.out_features, bias=False, compute_dtype=dtype,
                                       compress_statistics=True, quant_type="nf4", device="meta")
            linear.weight = bnb.nn.Params4bit(child.weight.data, requires_grad=False, compress_statistics=True,
                                              quant_type="nf4", module=linear)
            setattr(module, name, linear.to(child.weight.device))
    model.is_loaded_in_4bit = True  # what PEFT asks for
    return model


def profile(work):
    """The kernels of one pass by their share of the time, to standard error."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profiler:
        work()
    print(profiler.key_averages().table(sort_by="self_cuda_time_total", row_limit=25, max_name_column_width=90),
          file=sys.stderr)


def build(args, device, dtype):
    kind = AutoModelForTokenClassification if args.work == "ner" else AutoModelForCausalLM
    extra = {"num_labels": 9} if args.work == "ner" else {}
    if args.model in SHAPES:
        shape = dict(SHAPES[args.model])
        config = AutoConfig.for_model(shape.pop("model_type"), **shape, **extra)
        if args.layers:
            config.num_hidden_layers = args.layers
        with torch.device(device):
            torch.set_default_dtype(dtype)
            model = kind.from_config(config)
            torch.set_default_dtype(torch.float32)
    else:
        model = kind.from_pretrained(args.model, dtype=dtype, **extra).to(device)
    if args.nf4:
        model = quantise(model, dtype)
    fused = model.config.model_type == "phi3"
    targets = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"] if fused else [
        "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    task = "TOKEN_CLS" if args.work == "ner" else "CAUSAL_LM"
    model = get_peft_model(model, LoraConfig(r=args.rank, lora_alpha=2 * args.rank, target_modules=targets, task_type=task))
    if args.recompute:
        model.enable_input_require_grads()
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    return model.train()


def batches(args, device, vocabulary):
    lengths = [int(x) for x in pathlib.Path(__file__).with_name("clinical_lengths.txt").read_text().split()]
    generator = torch.Generator().manual_seed(1)
    out = []
    for index in range(args.batches):
        rows = lengths[index * args.batch:(index + 1) * args.batch] if args.lengths == "clinical" else (
            [int(args.lengths)] * args.batch)
        longest = max(rows)
        ids = torch.randint(3, vocabulary, (args.batch, longest), generator=generator)
        mask = torch.zeros(args.batch, longest, dtype=torch.long)
        for row, length in enumerate(rows):
            mask[row, :length] = 1
        top = 9 if args.work == "ner" else vocabulary
        labels = (ids if args.work == "lm" else ids % top).masked_fill(mask == 0, -100)
        out.append(({"input_ids": ids.to(device), "attention_mask": mask.to(device), "labels": labels.to(device)}, sum(rows)))
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="a folder in HF layout, or one of " + ", ".join(SHAPES))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--work", default="ner", choices=["ner", "lm"])
    parser.add_argument("--lengths", default="clinical")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--batches", type=int, default=8)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--layers", type=int, default=0)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--nf4", action="store_true", help="the blocks' linears in bitsandbytes' NF4")
    parser.add_argument("--profile", action="store_true", help="one more pass: kernels by their share of the time")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    device, dtype = torch.device(args.device), getattr(torch, args.dtype)
    torch.manual_seed(0)
    model = build(args, device, dtype)
    parameters = [p for p in model.parameters() if p.requires_grad]
    for p in parameters:
        p.data = p.data.float()
    optimizer = torch.optim.AdamW(parameters, lr=1e-4, fused=True)
    work = batches(args, device, model.config.vocab_size)
    synchronize = torch.cuda.synchronize if device.type == "cuda" else lambda: None
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()

    def one_pass():
        synchronize()
        start = time.perf_counter()
        for inputs, _ in work:
            with torch.autocast(device.type, dtype=dtype, enabled=dtype != torch.float32):
                loss = model(**inputs).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        synchronize()
        return sum(n for _, n in work) / (time.perf_counter() - start)

    rates = [one_pass() for _ in range(1 + args.passes)]
    print(json.dumps({"peer": "hf+peft", "model": args.model, "work": args.work, "lengths": args.lengths,
                      "batch": args.batch, "dtype": args.dtype, "recompute": args.recompute, "nf4": args.nf4,
                      "trainable": sum(p.numel() for p in parameters), "first_pass": round(rates[0], 1),
                      "steady": round(max(rates[1:]), 1),
                      "peak_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2) if device.type == "cuda" else None}))
    if args.profile:
        profile(one_pass)


if __name__ == "__main__":
    main()
