"""Loads an adapter folder that Polyclinic exported into PEFT and prints how far its states are from the reference.

usage: check_export.py MODEL_FOLDER REFERENCE.safetensors ADAPTER_FOLDER
MODEL_FOLDER and REFERENCE as in tests/parity/model (its README.md names the tensors).
"""
import sys

import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM


def main(model_folder, reference_file, adapter_folder):
    reference = load_file(reference_file)
    base = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32, attn_implementation="eager")
    model = PeftModel.from_pretrained(base, adapter_folder).eval()
    hidden, begin = [], 0
    with torch.no_grad():
        for length in reference["lengths"].tolist():
            ids = reference["token_ids"][begin:begin + length].long()[None]
            hidden.append(model.base_model.model.model(input_ids=ids).last_hidden_state[0])
            begin += length
    expected = reference["hidden"]
    error = (torch.cat(hidden) - expected).abs().max() / expected.abs().max()
    print(f"relative error {error:.2e}")
    return 0 if error < 1e-4 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
