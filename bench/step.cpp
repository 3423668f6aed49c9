// Training steps of ours, for the same work as bench/peer.py: one step = `--batch` sequences in one pack, forward,
// backward, clipping, AdamW on LoRA of all seven linears. Prints one JSON line in the peer's form.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "adapter/adapter_set.h"
#include "bench/profile.h"
#include "bench/shapes.h"
#include "bench/work.h"
#include "core/random.h"
#include "model/language_model.h"
#include "model/trunk.h"
#include "strategy/gradient_surgery.h"
#include "train/adamw.h"
#include "train/memory_model.h"
#ifdef POLYCLINIC_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime.h>
#endif

namespace polyclinic {
namespace {

struct Options : BenchWork {
  std::string model, device = "cpu", dtype = "float32", work = "ner";
  std::int64_t passes = 3, layers = 0, threads = 0, decoded_blocks = 0, host_streams = 0;
  bool recompute = false, nf4 = false, graph = false, profile = false, compose = false;
};

class Bench {
 public:
  Bench(const Options& options, at::Device device, at::ScalarType dtype)
      : options_(options),
        device_(device),
        trunk_(bench_trunk(options.model, options.layers,
                           {.device = device,
                            .dtype = dtype,
                            .recomputed_blocks = options.recompute ? every_block : 0,
                            .nf4 = options.nf4,
                            .decoded_blocks = options.decoded_blocks,
                            .host_streams = options.host_streams,
                            .compose_attention = options.compose})),
        adapters_(attach(trunk_.projections(), bench_plan(options),
                         {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}, store_)) {
    const std::int64_t hidden = trunk_.config().hidden;
    const std::size_t weight = store_.add("head.weight", {bench_labels, hidden}, "head.bench");
    const std::size_t bias = store_.add("head.bias", {bench_labels}, "head.bench", false, false);
    if (options.strategy == "s3b") cross_level_.emplace(store_, hidden);
    store_.allocate(options.tasks, at::TensorOptions().dtype(at::kFloat).device(device));
    adapters_.initialise(0);
    if (cross_level_) cross_level_->initialise(0);
    store_.value(weight).copy_(at::randn({bench_labels, hidden}) * 0.02);
    weight_ = store_.leaf(weight);
    bias_ = store_.leaf(bias);
    optimizer_ = std::make_unique<AdamW>(store_.values(), store_.no_decay(), AdamWOptions{});
    rate_ = at::full({}, 1e-4, store_.values().options());
    coefficients_ = at::zeros({options.tasks}, store_.values().options());
    batches_ = bench_batches(options, trunk_.config().vocabulary, device);
  }

  std::int64_t trainable() const { return store_.count(); }

  double one_pass() {
    synchronize();
    const auto start = std::chrono::steady_clock::now();
    std::int64_t tokens = 0;
    for (std::size_t i = 0; i < batches_.size(); ++i) {
      take_step(i);
      tokens += batches_[i].fed;
    }
    synchronize();
    return static_cast<double>(tokens) /
           std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  std::int64_t weight_bytes() const { return trunk_.weight_bytes(); }
  std::int64_t tokens() const {
    std::int64_t most = 0;
    for (const BenchBatch& batch : batches_) most = std::max(most, batch.pack.tokens());
    return most;
  }

 private:
  // Up to the gradients. Nothing in it waits for the device, but for S3b's.
  void differentiate(const BenchBatch& batch) {
    store_.zero_gradients();
    at::Tensor hidden = trunk_.forward(batch.pack);
    at::Tensor loss;
    if (options_.work == "lm") {
      const LanguageLoss sum = language_loss(trunk_, hidden, batch.pack);
      loss = sum.sum / static_cast<double>(sum.count);
    } else {
      hidden = hidden.to(at::kFloat);
      if (cross_level_) hidden = cross_level_->forward(hidden, batch.pairs, false);
      for (const at::Tensor& rows : batch.task_rows) {
        const bool all = rows.size(0) == hidden.size(0);
        const at::Tensor mine = all ? hidden : at::index_select(hidden, 0, rows);
        const at::Tensor labels = all ? batch.labels : at::index_select(batch.labels, 0, rows);
        const at::Tensor term = at::cross_entropy_loss(at::linear(mine, weight_, bias_), labels);
        loss = loss.defined() ? loss + term : term;
      }
    }
    torch::autograd::backward({loss}, {});
    if (options_.surgery) gram_ = gram_product(store_.task_gradients());
  }

  // Five numbers a task cross to the host and back.
  void project() {
    RandomStream order(1, ++steps_);
    const std::vector<double> found = project_conflicts(square_matrix(gram_), order).coefficients;
    at::Tensor host = at::empty({options_.tasks}, at::kFloat);
    std::copy(found.begin(), found.end(), host.mutable_data_ptr<float>());
    coefficients_.copy_(host);
  }

  void update() {
    if (options_.surgery) store_.combine_task_gradients(coefficients_);
    optimizer_->step_on_device(store_.gradients(), rate_, 1.0);
    store_.touch();
  }

  void run(const BenchBatch& batch) {
    differentiate(batch);
    if (options_.surgery) project();
    update();
  }

  void prepare(std::size_t index) {
    adapters_.prepare(batches_[index].pack, DropoutKey{1, static_cast<std::uint64_t>(index)});
  }

  void take_step(std::size_t index) {
#ifdef POLYCLINIC_CUDA
    if (options_.graph) {
      if (graphs_.size() <= index) capture(index);
      graphs_[index]->replay();
      if (options_.surgery) {
        gram_ = grams_[index];
        project();
        update_graph_->replay();
      }
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
      if (index == 0) {  // workspaces and copies of the factors exist before the first capture
        prepare(index);
        run(batches_[index]);
      }
      prepare(index);
      routings_.push_back(adapters_.routing());
      const at::TensorOptions options = store_.values().options().dtype(trunk_.options().dtype);
      routings_.back()->slot_mask(options);  // what comes from the host
      routings_.back()->task_mask(options);
      synchronize();
      c10::cuda::CUDACachingAllocator::emptyCache();  // a graph's private pool cannot use what the warm-up cached
      store_.touch();                                 // the copies in the compute dtype are made inside the graph
      graphs_.push_back(captured([&] {
        differentiate(batches_[index]);
        if (!options_.surgery) update();
      }));
      grams_.push_back(gram_);
      if (options_.surgery && !update_graph_) update_graph_ = captured([&] { update(); });
    }
    synchronize();
  }
  std::unique_ptr<at::cuda::CUDAGraph> captured(const std::function<void()>& work) {
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    graph->capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
    work();
    graph->capture_end();
    if (graphs_.empty()) pool_ = graph->pool();
    return graph;
  }
  std::vector<std::unique_ptr<at::cuda::CUDAGraph>> graphs_;
  std::unique_ptr<at::cuda::CUDAGraph> update_graph_;
  std::vector<at::Tensor> grams_;
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
  std::optional<CrossLevelAttention> cross_level_;
  at::Tensor weight_, bias_, rate_, gram_, coefficients_;
  std::unique_ptr<AdamW> optimizer_;
  std::vector<BenchBatch> batches_;
  std::uint64_t steps_ = 0;
};

void declare_options(CLI::App& app, Options& o) {
  app.add_option("--model", o.model, "a folder in HF layout, or llama8b, gemma2b, phi3mini, mistral7b")->required();
  app.add_option("--device", o.device);
  app.add_option("--dtype", o.dtype);
  app.add_option("--work", o.work, "ner or lm");
  app.add_option("--lengths", o.lengths, "clinical, or tokens of a full row");
  app.add_option("--batch", o.batch);
  app.add_option("--batches", o.batches);
  app.add_option("--passes", o.passes);
  app.add_option("--rank", o.rank);
  app.add_option("--strategy", o.strategy, "s2, routed or s3b (bench/work.h)");
  app.add_option("--tasks", o.tasks);
  app.add_flag("--surgery", o.surgery, "PCGrad on the first slot");
  app.add_option("--layers", o.layers);
  app.add_option("--threads", o.threads);
  app.add_flag("--recompute", o.recompute);
  app.add_flag("--nf4", o.nf4);
  app.add_option("--decoded-blocks", o.decoded_blocks, "of an NF4 trunk, the first ones: they stay decoded");
  app.add_option("--host-streams", o.host_streams, "of so many recomputed blocks: kept by the host between the passes");
  app.add_option("--dropout", o.dropout);
  app.add_flag("--compose", o.compose, "CUDA: attention as on cards without flash attention");
  app.add_flag("--profile", o.profile, "one more pass: kernels by their share of the time, to standard error");
  app.add_flag("--graph", o.graph, "CUDA: the whole step as one captured graph a batch shape");
}

nlohmann::ordered_json describe(const Options& o, const Bench& bench) {
  nlohmann::ordered_json out = {{"peer", "polyclinic"},
                                {"model", o.model},
                                {"work", o.work},
                                {"lengths", o.lengths},
                                {"batch", o.batch},
                                {"dtype", o.dtype},
                                {"nf4", o.nf4},
                                {"decoded_blocks", o.decoded_blocks},
                                {"recompute", o.recompute},
                                {"host_streams", o.host_streams},
                                {"graph", o.graph},
                                {"dropout", o.dropout},
                                {"compose", o.compose},
                                {"rank", o.rank},
                                {"strategy", o.strategy},
                                {"tasks", o.tasks},
                                {"surgery", o.surgery},
                                {"tokens", bench.tokens()},
                                {"trainable", bench.trainable()},
                                {"weights_gib", static_cast<double>(bench.weight_bytes()) / (1 << 30)}};
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
  return out;
}

int main_of(int argc, char** argv) {
  Options o;
  CLI::App app("Training steps of ours; the same work as bench/peer.py");
  declare_options(app, o);
  CLI11_PARSE(app, argc, argv);
  if (o.threads > 0) at::set_num_threads(static_cast<int>(o.threads));
  const at::ScalarType dtype = o.dtype == "bfloat16" ? at::kBFloat16 : o.dtype == "float16" ? at::kHalf : at::kFloat;
  Bench bench(o, at::Device(o.device), dtype);
  const double first = bench.one_pass();
  double steady = 0;
  for (std::int64_t i = 0; i < o.passes; ++i) steady = std::max(steady, bench.one_pass());
  nlohmann::ordered_json out = describe(o, bench);
  out["first_pass"] = std::round(first * 10) / 10;
  out["steady"] = std::round(steady * 10) / 10;
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
