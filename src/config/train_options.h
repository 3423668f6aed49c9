#pragma once
// The `train`, `seed`, `data` and `output` nodes. How options are declared: study.h.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/limits.h"

namespace polyclinic {

struct TrainOptions {
  double learning_rate = 1e-4;
  std::int64_t batch_size = 16;
  std::int64_t max_tokens = 2048;
  std::int64_t epochs = 5;
  std::optional<std::int64_t> max_steps;
  double warmup_ratio = 0.05;
  std::string schedule = "linear";
  double weight_decay = 0.01;
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  double max_grad_norm = 1.0;
  std::int64_t eval_every_n_steps = 200;
  std::int64_t early_stopping_patience = 3;
  std::string precision = "auto";
  std::optional<std::int64_t> checkpoint_every_n_steps;
  std::optional<double> checkpoint_every_seconds = 600;
  std::optional<double> time_limit;
  std::optional<double> memory_limit_gib;
  std::string device = "auto";
  std::int64_t threads = 0;
};
template <class V>
void describe(V& v, TrainOptions& o) {
  v.field("learning_rate", o.learning_rate, "peak learning rate", above(0));
  v.field("batch_size", o.batch_size, "sequences of one optimizer step", at_least(1));
  v.field("max_tokens", o.max_tokens, "tokens of one micro-batch (pack)", at_least(16));
  v.field("epochs", o.epochs, "passes over the training data", at_least(1));
  v.field("max_steps", o.max_steps, "stop after so many optimizer steps; null: by epochs alone", at_least(1));
  v.field("warmup_ratio", o.warmup_ratio, "share of the steps that raise the learning rate", from_to_below(0, 1));
  v.field("schedule", o.schedule, "learning rate after the warm-up", one_of({"linear", "cosine", "constant"}));
  v.field("weight_decay", o.weight_decay, "decoupled weight decay (AdamW)", at_least(0));
  v.field("adam_beta1", o.adam_beta1, "AdamW's first moment", from_to_below(0, 1));
  v.field("adam_beta2", o.adam_beta2, "AdamW's second moment", from_to_below(0, 1));
  v.field("adam_epsilon", o.adam_epsilon, "AdamW's epsilon", above(0));
  v.field("max_grad_norm", o.max_grad_norm, "clip the global gradient norm; 0: never", at_least(0));
  v.field("eval_every_n_steps", o.eval_every_n_steps, "optimizer steps between two scores on dev", at_least(1));
  v.field("early_stopping_patience", o.early_stopping_patience, "scores on dev without gain before stopping",
          at_least(1));
  v.field("precision", o.precision, "type of the trunk's arithmetic; auto: that of the device",
          one_of({"auto", "float32", "float16", "bfloat16"}));
  v.field("checkpoint_every_n_steps", o.checkpoint_every_n_steps, "null: by time alone", at_least(1));
  v.field("checkpoint_every_seconds", o.checkpoint_every_seconds, "null: by steps alone", above(0));
  v.field("time_limit", o.time_limit, "seconds after which the run saves and stops; null: none", above(0));
  v.field("memory_limit_gib", o.memory_limit_gib,
          "device memory that the run may use: micro-batch and recompute are chosen to fit; null: what a card has free",
          above(0));
  v.field("device", o.device, "auto: cuda where there is one", one_of({"auto", "cpu", "cuda"}));
  v.field("threads", o.threads, "CPU threads; 0: all cores", between(0, 4096));
}

struct SeedOptions {
  std::int64_t data = 1;
  std::int64_t init = 1;
  std::int64_t dropout = 1;
};
template <class V>
void describe(V& v, SeedOptions& o) {
  v.field("data", o.data, "order of the data and task mix", at_least(0));
  v.field("init", o.init, "first values of adapters and heads", at_least(0));
  v.field("dropout", o.dropout, "dropout masks", at_least(0));
}

struct DataOptions {
  std::string root = "data";
};
template <class V>
void describe(V& v, DataOptions& o) {
  v.field("root", o.root, "folder that the tasks' data.path start from (they say ${data.root}/...)", anything());
}

struct OutputOptions {
  std::string dir = "results";
  bool tensorboard = true;
  bool predictions = true;
  std::int64_t keep_checkpoints = 2;
};
template <class V>
void describe(V& v, OutputOptions& o) {
  v.field("dir", o.dir, "folder of the run store and of one folder a run", anything());
  v.field("tensorboard", o.tensorboard, "write TensorBoard events", anything());
  v.field("predictions", o.predictions, "write predictions in the official formats", anything());
  v.field("keep_checkpoints", o.keep_checkpoints, "latest checkpoints to keep beside the best", at_least(1));
}

}  // namespace polyclinic
