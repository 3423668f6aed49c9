"""Writes optimizer.json: torch.optim.AdamW, clip_grad_norm_ and HF get_scheduler on a few numbers."""
import json
import pathlib

import torch
from transformers import get_scheduler

out = {"schedules": [], "adamw": []}
for kind, name in (("linear", "linear"), ("cosine", "cosine"), ("constant", "constant_with_warmup")):
    for warmup, total in ((0, 7), (3, 10), (5, 40)):
        parameter = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([parameter], lr=1.0)
        scheduler = get_scheduler(name, optimizer, num_warmup_steps=warmup, num_training_steps=total)
        factors = []
        for _ in range(total):
            factors.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        out["schedules"].append({"kind": kind, "warmup": warmup, "total": total, "factors": factors})

for decay in (0.0, 0.1):
    torch.manual_seed(7)
    decayed, plain = (torch.nn.Parameter(torch.randn(11)), torch.nn.Parameter(torch.randn(5)))
    start = torch.cat([decayed.detach(), plain.detach()]).tolist()
    optimizer = torch.optim.AdamW(
        [{"params": [decayed], "weight_decay": decay}, {"params": [plain], "weight_decay": 0.0}],
        lr=1e-2, betas=(0.9, 0.98), eps=1e-6)
    gradients, norms = [], []
    for step in range(6):
        decayed.grad, plain.grad = torch.randn(11), torch.randn(5)
        gradients.append(torch.cat([decayed.grad, plain.grad]).tolist())
        norms.append(torch.nn.utils.clip_grad_norm_([decayed, plain], 2.0).item())
        optimizer.step()
    out["adamw"].append({"decay": decay, "start": start, "gradients": gradients, "norms": norms,
                         "end": torch.cat([decayed.detach(), plain.detach()]).tolist()})
pathlib.Path(__file__).with_name("optimizer.json").write_text(json.dumps(out, indent=0) + "\n")
