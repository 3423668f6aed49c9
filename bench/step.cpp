// Training steps of ours, for the same work as bench/peer.py: one step = `--batch` sequences in one pack, forward,
// backward, clipping, AdamW on LoRA of all seven linears. Prints one JSON line in the peer's form.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/autograd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapter/adapter_set.h"
#include "bench/profile.h"
#include "bench/shapes.h"
#include "core/error.h"
#include "core/random.h"
#include "model/language_model.h"
#include "model/trunk.h"
#include "train/adamw.h"
#ifdef POLYCLINIC_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime.h>
#endif

namespace polyclinic {
namespace {

struct Options {
  std::string model, device = "cpu", dtype = "float32", work = "ner", lengths = "clinical";
  std::int64_t batch = 16, batches = 8, passes = 3, rank = 32, layers = 0, threads = 0;
  double dropout = 0;
  bool recompute = false, nf4 = false, graph = false, profile = false, compose = false;
};

struct Batch {
  PackTensors pack;
  at::Tensor labels;  // [T]
};

constexpr std::int64_t ner_labels = 9;

std::vector<std::int64_t> read_lengths() {
  std::ifstream in(POLYCLINIC_BENCH_DIR "/clinical_lengths.txt");
  std::vector<std::int64_t> out;
  for (std::int64_t n = 0; in >> n;) out.push_back(n);
  return out;
}

std::vector<Batch> make_batches(const Options& options, std::int64_t vocabulary, at::Device device) {
  const auto lengths = read_lengths();
  RandomStream random(1, 0);
  std::vector<Batch> out;
  for (std::int64_t b = 0; b < options.batches; ++b) {
    Pack pack;
    pack.sequence_starts.push_back(0);
    for (std::int64_t row = 0; row < options.batch; ++row) {
      const std::int64_t length = options.lengths == "clinical"
                                      ? lengths[static_cast<std::size_t>(b * options.batch + row) % lengths.size()]
                                      : std::stoll(options.lengths);
      for (std::int64_t i = 0; i < length; ++i) {
        pack.token_ids.push_back(
            static_cast<std::int32_t>(3 + random.below(static_cast<std::uint64_t>(vocabulary - 3))));
        pack.positions.push_back(static_cast<std::int32_t>(i));
      }
      pack.sequence_starts.push_back(static_cast<std::int32_t>(pack.token_ids.size()));
      pack.sequence_task.push_back(0);
      pack.sequence_route.push_back(0);
      pack.sequence_index.push_back(row);
    }
    PackTensors tensors = to_device(pack, device);
    at::Tensor labels = tensors.token_ids.remainder(ner_labels);
    out.push_back({std::move(tensors), labels});
  }
  return out;
}

class Bench {
 public:
  Bench(const Options& options, at::Device device, at::ScalarType dtype)
      : options_(options),
        device_(device),
        trunk_(bench_trunk(options.model, options.layers,
                           {.device = device,
                            .dtype = dtype,
                            .recompute = options.recompute,
                            .nf4 = options.nf4,
                            .compose_attention = options.compose})),
        adapters_(attach(trunk_.projections(), plan(options),
                         {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, store_)) {
    const std::int64_t hidden = trunk_.config().hidden;
    const std::size_t weight = store_.add("head.weight", {ner_labels, hidden}, "head.bench");
    const std::size_t bias = store_.add("head.bias", {ner_labels}, "head.bench", false, false);
    store_.allocate(1, at::TensorOptions().dtype(at::kFloat).device(device));
    adapters_.initialise(0);
    store_.value(weight).copy_(at::randn({ner_labels, hidden}) * 0.02);
    weight_ = store_.leaf(weight);
    bias_ = store_.leaf(bias);
    optimizer_ = std::make_unique<AdamW>(store_.values(), store_.no_decay(), AdamWOptions{});
    rate_ = at::full({}, 1e-4, store_.values().options());
    batches_ = make_batches(options, trunk_.config().vocabulary, device);
  }

  std::int64_t trainable() const { return store_.count(); }

  double one_pass() {
    synchronize();
    const auto start = std::chrono::steady_clock::now();
    std::int64_t tokens = 0;
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      take_step(i);
      tokens += batches_[i].pack.tokens();
    }
    synchronize();
    return static_cast<double>(tokens) /
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  std::int64_t weight_bytes() const { return trunk_.weight_bytes(); }
  std::int64_t tokens() const {
    std::int64_t most = 0;
    for (const Batch& batch : batches_) most = std::max(most, batch.pack.tokens());
    return most;
  }

 private:
  static AdapterPlan plan(const Options& options) {
    AdapterPlan plan;
    plan.dropout = options.dropout;
    plan.slots.push_back({.name = "shared", .rank = options.rank, .alpha = 2.0 * static_cast<double>(options.rank)});
    plan.routes.push_back({"all", {0}});
    return plan;
  }

  // A whole step; nothing in it waits for the device.
  void run(const Batch& batch) {
    store_.zero_gradients();
    const at::Tensor hidden = trunk_.forward(batch.pack);
    at::Tensor loss;
    if (options_.work == "lm") {
      const LanguageLoss sum = language_loss(trunk_, hidden, batch.pack);
      loss = sum.sum / static_cast<double>(sum.count);
    } else {
      loss = at::cross_entropy_loss(at::linear(hidden.to(at::kFloat), weight_, bias_), batch.labels);
    }
    torch::autograd::backward({loss}, {});
    optimizer_->step_on_device(store_.gradients(), rate_, 1.0);
    store_.touch();
  }

  void prepare(std::size_t index) {
    adapters_.prepare(batches_[index].pack, DropoutKey{1, static_cast<std::uint64_t>(index)});
  }

  void take_step(std::size_t index) {
#ifdef POLYCLINIC_CUDA
    if (options_.graph) {
      if (graphs_.size() <= index) capture(index);
      graphs_[index]->replay();
      return;
    }
#endif
    prepare(index);
    run(batches_[index]);
  }

#ifdef POLYCLINIC_CUDA
  void capture(std::size_t index) {
    // One stream for all captures: the allocator gives a block of the shared pool to the stream only that made it.
    if (!stream_) stream_ = c10::cuda::getStreamFromPool();
    synchronize();
    {
      const c10::cuda::CUDAStreamGuard guard(*stream_);
      prepare(index);
      routings_.push_back(adapters_.routing());
      if (index == 0) run(batches_[index]);  // workspaces exist before the first capture
      synchronize();
      c10::cuda::CUDACachingAllocator::emptyCache();  // a graph's private pool cannot use what the warm-up cached
      store_.touch();                                 // the copies in the compute dtype are made inside the graph
      auto graph = std::make_unique<at::cuda::CUDAGraph>();
      graph->capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
      run(batches_[index]);
      graph->capture_end();
      if (index == 0) pool_ = graph->pool();
      graphs_.push_back(std::move(graph));
    }
    synchronize();
  }
  std::vector<std::unique_ptr<at::cuda::CUDAGraph>> graphs_;
  std::vector<std::shared_ptr<const Routing>> routings_;
  at::cuda::MempoolId_t pool_{0, 0};
  std::optional<c10::cuda::CUDAStream> stream_;
#endif

  void synchronize() const {
#ifdef POLYCLINIC_CUDA
    if (device_.is_cuda()) cudaDeviceSynchronize();
#endif
  }

  Options options_;
  at::Device device_;
  ParameterStore store_;
  Trunk trunk_;
  AdapterSet adapters_;
  at::Tensor weight_, bias_, rate_;
  std::unique_ptr<AdamW> optimizer_;
  std::vector<Batch> batches_;
};

int main_of(int argc, char** argv) {
  Options o;
  CLI::App app("Training steps of ours; the same work as bench/peer.py");
  app.add_option("--model", o.model, "a folder in HF layout, or llama8b, gemma2b, phi3mini, mistral7b")->required();
  app.add_option("--device", o.device);
  app.add_option("--dtype", o.dtype);
  app.add_option("--work", o.work, "ner or lm");
  app.add_option("--lengths", o.lengths, "clinical, or tokens of a full row");
  app.add_option("--batch", o.batch);
  app.add_option("--batches", o.batches);
  app.add_option("--passes", o.passes);
  app.add_option("--rank", o.rank);
  app.add_option("--layers", o.layers);
  app.add_option("--threads", o.threads);
  app.add_flag("--recompute", o.recompute);
  app.add_flag("--nf4", o.nf4);
  app.add_option("--dropout", o.dropout);
  app.add_flag("--compose", o.compose, "CUDA: attention as on cards without flash attention");
  app.add_flag("--profile", o.profile, "one more pass: kernels by their share of the time, to standard error");
  app.add_flag("--graph", o.graph, "CUDA: the whole step as one captured graph a batch shape");
  CLI11_PARSE(app, argc, argv);
  if (o.threads > 0) at::set_num_threads(static_cast<int>(o.threads));
  const at::ScalarType dtype = o.dtype == "bfloat16" ? at::kBFloat16 : o.dtype == "float16" ? at::kHalf : at::kFloat;
  Bench bench(o, at::Device(o.device), dtype);
  const double first = bench.one_pass();
  double steady = 0;
  for (std::int64_t i = 0; i < o.passes; ++i) steady = std::max(steady, bench.one_pass());
  nlohmann::ordered_json out = {{"peer", "polyclinic"},
                                {"model", o.model},
                                {"work", o.work},
                                {"lengths", o.lengths},
                                {"batch", o.batch},
                                {"dtype", o.dtype},
                                {"nf4", o.nf4},
                                {"recompute", o.recompute},
                                {"graph", o.graph},
                                {"dropout", o.dropout},
                                {"compose", o.compose},
                                {"rank", o.rank},
                                {"tokens", bench.tokens()},
                                {"trainable", bench.trainable()},
                                {"weights_gib", static_cast<double>(bench.weight_bytes()) / (1 << 30)},
                                {"first_pass", std::round(first * 10) / 10},
                                {"steady", std::round(steady * 10) / 10}};
#ifdef POLYCLINIC_CUDA
  if (o.device == "cuda") {
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(0);
    std::size_t free = 0, total = 0;
    cudaMemGetInfo(&free, &total);
    out["peak_gib"] = static_cast<double>(stats.allocated_bytes[0].peak) / (1 << 30);
    out["reserved_gib"] = static_cast<double>(stats.reserved_bytes[0].peak) / (1 << 30);
    out["used_gib"] = static_cast<double>(total - free) / (1 << 30);
  }
#endif
  std::printf("%s\n", out.dump().c_str());
  std::fflush(stdout);
  if (o.profile) profile_kernels([&] { bench.one_pass(); });
  return 0;
}

}  // namespace
}  // namespace polyclinic

int main(int argc, char** argv) {
  try {
    return polyclinic::main_of(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_step: %s\n", error.what());
    return 1;
  }
}
