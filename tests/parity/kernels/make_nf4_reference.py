#!/usr/bin/env python3
"""Writes nf4.bin: weights and what bitsandbytes makes of them (NF4, block 64, double quantisation), for nf4_test.cpp.

Layout, little-endian: int32 count; fp32 values[count]; uint8 packed[count/2]; fp32 absmax[count/64]; fp32 offset;
uint8 absmax_codes[count/64]; fp32 absmax_scale[ceil(count/64/256)]; fp32 dequantized[count]; fp32 dynamic_map[256]."""
import pathlib
import struct

import bitsandbytes.functional as bnb
import torch

torch.manual_seed(20261124)
count = 64 * 260
values = torch.randn(count) * torch.rand(260).repeat_interleave(64)
values[:64] = 0  # a block of zeros
values[64:80] = bnb.get_4bit_type("nf4", device="cpu")  # the code itself, so absmax 1 and every entry exact
code = bnb.get_4bit_type("nf4", device="cpu")
values[128] = 1.0
values[129:144] = (code[1:] + code[:-1]) / 2  # midpoints: the tie rule
values[192:256] = values[192:256].abs() * 1e-3

packed, plain = bnb.quantize_4bit(values, blocksize=64, quant_type="nf4", compress_statistics=False)
packed2, state = bnb.quantize_4bit(values, blocksize=64, quant_type="nf4", compress_statistics=True)
assert torch.equal(packed, packed2)
dequantized = bnb.dequantize_4bit(packed2, state)
out = pathlib.Path(__file__).with_name("nf4.bin")
with out.open("wb") as f:
    f.write(struct.pack("<i", count))
    for tensor in (values, packed.flatten(), plain.absmax, state.offset.reshape(1), state.absmax, state.state2.absmax,
                   dequantized, state.state2.code):
        f.write(tensor.contiguous().numpy().tobytes())
print(out, out.stat().st_size, "bytes; bitsandbytes", __import__("bitsandbytes").__version__)
