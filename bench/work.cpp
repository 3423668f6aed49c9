#include "bench/work.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include "bench/clinical_lengths.h"
#include "core/concat.h"
#include "core/error.h"
#include "core/random.h"

namespace polyclinic {
namespace {

struct BenchSequence {
  std::int64_t index = 0, task = 0, length = 0;
  std::vector<std::int32_t> tokens;
};

// Sequences of a batch; those of one task side by side.
std::vector<BenchSequence> draw(const BenchWork& work, std::int64_t batch, std::int64_t vocabulary,
                                const std::vector<std::int64_t>& lengths, RandomStream& random) {
  std::vector<BenchSequence> out;
  for (std::int64_t row = 0; row < work.batch; ++row) {
    BenchSequence sequence;
    sequence.index = row;
    sequence.task = row * work.tasks / work.batch;
    sequence.length = work.lengths == "clinical"
                          ? lengths[static_cast<std::size_t>(batch * work.batch + row) % lengths.size()]
                          : std::stoll(work.lengths);
    for (std::int64_t i = 0; i < sequence.length; ++i) {
      sequence.tokens.push_back(
          static_cast<std::int32_t>(3 + random.below(static_cast<std::uint64_t>(vocabulary - 3))));
    }
    out.push_back(std::move(sequence));
  }
  return out;
}

void append(Pack& pack, const BenchSequence& sequence, std::int64_t route) {
  for (std::size_t i = 0; i < sequence.tokens.size(); ++i) {
    pack.token_ids.push_back(sequence.tokens[i]);
    pack.positions.push_back(static_cast<std::int32_t>(i));
  }
  pack.sequence_starts.push_back(static_cast<std::int32_t>(pack.token_ids.size()));
  pack.sequence_task.push_back(static_cast<std::int32_t>(sequence.task));
  pack.sequence_route.push_back(static_cast<std::int32_t>(route));
  pack.sequence_index.push_back(sequence.index);
}

bool on_level2(const BenchWork& work, std::int64_t task) { return work.strategy == "s3b" && task % 2 == 1; }

}  // namespace

AdapterPlan bench_plan(const BenchWork& work) {
  AdapterPlan plan;
  plan.dropout = work.dropout;
  plan.tasks = work.tasks;
  const auto slot = [&](const std::string& name, std::int64_t rank, bool apart) {
    plan.slots.push_back({name, rank, 2.0 * static_cast<double>(rank), {}, apart});
  };
  if (work.strategy == "s2") {
    slot("shared", work.rank, work.surgery);
    plan.routes = {{"all", {0}}};
  } else if (work.strategy == "routed") {
    slot("shared", work.rank * 3 / 4, work.surgery);
    for (std::int64_t task = 0; task < work.tasks; ++task) {
      slot(concat("private.", task), work.rank / 4, false);
      plan.routes.push_back({concat("task", task), {0, plan.slots.size() - 1}});
    }
  } else if (work.strategy == "s3b") {
    slot("shared", work.rank / 2, work.surgery);
    slot("level1", work.rank / 4, false);
    slot("level2", work.rank / 4, false);
    plan.routes = {{"level1", {0, 1}}, {"level2", {0, 2}}};
  } else {
    throw InputError(concat("no strategy ", work.strategy), {.key = "--strategy"}, "s2, routed or s3b");
  }
  return plan;
}

std::vector<BenchBatch> bench_batches(const BenchWork& work, std::int64_t vocabulary, at::Device device) {
  const std::vector<std::int64_t> lengths = clinical_lengths();
  RandomStream random(1, 0);
  std::vector<BenchBatch> out;
  for (std::int64_t b = 0; b < work.batches; ++b) {
    BenchBatch batch;
    Pack pack;
    pack.sequence_starts = {0};
    const std::vector<BenchSequence> sequences = draw(work, b, vocabulary, lengths, random);
    std::vector<std::vector<std::int64_t>> rows(static_cast<std::size_t>(work.tasks));
    const auto read_by_head = [&](const BenchSequence& sequence) {
      for (std::int64_t i = 0; i < sequence.length; ++i) {
        rows[static_cast<std::size_t>(sequence.task)].push_back(pack.tokens() - sequence.length + i);
      }
    };
    std::vector<std::int64_t> first_streams;
    for (const BenchSequence& sequence : sequences) {
      first_streams.push_back(pack.tokens());
      append(pack, sequence, work.strategy == "routed" ? sequence.task : 0);
      batch.fed += sequence.length;
      if (!on_level2(work, sequence.task)) read_by_head(sequence);
    }
    for (const BenchSequence& sequence : sequences) {
      if (!on_level2(work, sequence.task)) continue;
      batch.pairs.push_back({first_streams[static_cast<std::size_t>(sequence.index)], pack.tokens(), sequence.length});
      append(pack, sequence, 1);
      read_by_head(sequence);
    }
    batch.pack = to_device(pack, device);
    batch.labels = batch.pack.token_ids.remainder(bench_labels);
    for (const auto& mine : rows) batch.task_rows.push_back(at::tensor(mine, at::kLong).to(device));
    out.push_back(std::move(batch));
  }
  return out;
}

}  // namespace polyclinic
