#pragma once
// The work of bench_step: what is trained, on which sequences.
#include <cstdint>
#include <string>
#include <vector>

#include "adapter/cross_level.h"
#include "adapter/slot.h"
#include "model/pack_tensors.h"

namespace polyclinic {

inline constexpr std::int64_t bench_labels = 9;

struct BenchWork {
  // s2: one slot of `rank`; routed: one shared slot of 3/4 of the rank and one of 1/4 for each task; s3b: one of 1/2
  // and two levels of 1/4, every second task on level 2, its sequences twice in the pack.
  std::string strategy = "s2";
  std::string lengths = "clinical";  // bench/clinical_lengths.txt, or tokens of a full row
  std::int64_t batch = 16, batches = 8, rank = 32, tasks = 1;
  bool surgery = false;  // one gradient a task on the first slot, projected (PCGrad)
  double dropout = 0;
};

struct BenchBatch {
  PackTensors pack;
  at::Tensor labels;                  // [T]
  std::vector<at::Tensor> task_rows;  // rows that each task's head reads
  std::vector<StreamPair> pairs;      // s3b
  std::int64_t fed = 0;               // tokens, each sequence once
};

AdapterPlan bench_plan(const BenchWork& work);
std::vector<BenchBatch> bench_batches(const BenchWork& work, std::int64_t vocabulary, at::Device device);

}  // namespace polyclinic
