#pragma once
// The `task` node: one data set with its score. How options are declared: study.h.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/limits.h"

namespace polyclinic {

struct TaskDataOptions {
  std::string source = "public";
  std::optional<std::int64_t> train_size, dev_size, test_size;
  std::optional<std::string> path;
  std::optional<std::string> format;
  std::optional<double> dev_share, test_share;
  std::optional<std::string> test_split;
  std::optional<std::string> terminology;
};
template <class V>
void describe(V& v, TaskDataOptions& o) {
  v.field("source", o.source, "who gives the data: physionet, thyme, public, synthetic, ...", anything());
  v.field("train_size", o.train_size, "training examples, as published", at_least(0));
  v.field("dev_size", o.dev_size, "development examples, as published", at_least(0));
  v.field("test_size", o.test_size, "test examples, as published", at_least(0));
  v.field("path", o.path, "folder with the official files", anything());
  v.field("format", o.format, "which of the task's file formats, where it has several", anything());
  v.field("dev_share", o.dev_share, "share of the training examples held out as dev, for corpora without a dev split",
          between(0.01, 0.5));
  v.field("test_share", o.test_share,
          "share of the training examples held out as test, before dev_share, for corpora without a test split",
          between(0.01, 0.9));
  v.field("test_split", o.test_split, "split of the files that is scored as test; null: test", one_of({"test", "dev"}));
  v.field("terminology", o.terminology,
          "names of concepts as in UMLS MRCONSO.RRF, for normalisation; null: the names seen in training alone",
          anything());
}

struct EvaluationOptions {
  std::string primary_metric;
  std::vector<std::string> secondary_metrics;
  std::string eval_script = "official";
  std::optional<double> published_sota;
  std::optional<std::string> sota_system;
};
template <class V>
void describe(V& v, EvaluationOptions& o) {
  v.field("primary_metric", o.primary_metric, "metric of early stopping and of the tables", anything());
  v.field("secondary_metrics", o.secondary_metrics, "further metrics of the record", anything());
  v.field("eval_script", o.eval_script, "the task's official rules", one_of({"official"}));
  v.field("published_sota", o.published_sota, "best published value of the primary metric", anything());
  v.field("sota_system", o.sota_system, "system that reached it", anything());
}

struct PreprocessingOptions {
  std::optional<std::int64_t> max_seq_len;
  std::string entity_handling = "bio";
  std::string discontiguous = "auto";
};
template <class V>
void describe(V& v, PreprocessingOptions& o) {
  v.field("max_seq_len", o.max_seq_len, "tokens of a window; null: the model's own (`polyclinic data lengths` sets it)",
          at_least(8));
  v.field("entity_handling", o.entity_handling,
          "labels of tokens: BIO, or BIO in layers; none: the task has no mentions",
          one_of({"bio", "layered", "none"}));
  v.field(
      "discontiguous", o.discontiguous,
      "mentions that BIO cannot hold (in pieces, overlapping). auto: layers where training has such mentions; hull: "
      "BIO from first to last token, the rest counted as lost",
      one_of({"auto", "hull"}));
}

// What a task asks of its head; each head says which of these it reads (model/heads).
struct HeadSettings {
  std::string pooling = "auto";
  std::string pair = "joint";
  std::string ranking_loss = "pairwise";
  std::optional<double> score_low, score_high;
};
template <class V>
void describe(V& v, HeadSettings& o) {
  v.field("pooling", o.pooling,
          "state of a text: that of its last token, or the mean; auto: last with causal attention, mean with "
          "bidirectional",
          one_of({"auto", "last", "mean"}));
  v.field("pair", o.pair,
          "what is read of a pair of texts: the pooled state, or also the difference and the product of the two "
          "texts' mean states",
          one_of({"joint", "compare"}));
  v.field("ranking_loss", o.ranking_loss,
          "ranking: pointwise (is it relevant?), pairwise (does it stand above the irrelevant ones of its query?), or "
          "the sum of both",
          one_of({"pointwise", "pairwise", "both"}));
  v.field("score_low", o.score_low, "regression: the lowest score; null: that of the training data", anything());
  v.field("score_high", o.score_high, "regression: the highest score; null: that of the training data", anything());
}

struct ContaminationOptions {
  std::string risk = "unknown";
  std::optional<double> zero_shot_threshold;
};
template <class V>
void describe(V& v, ContaminationOptions& o) {
  v.field("risk", o.risk, "odds that the base model has seen the test data",
          one_of({"low", "medium", "high", "unknown"}));
  v.field("zero_shot_threshold", o.zero_shot_threshold, "zero-shot score that raises suspicion (70 % of the best)",
          at_least(0));
}

struct TaskOptions {
  std::string name;
  std::string full_name;
  std::string type;
  std::vector<std::int64_t> task_level = {1};
  std::optional<std::string> head;
  HeadSettings head_options;
  std::optional<std::string> subtask;
  TaskDataOptions data;
  EvaluationOptions evaluation;
  PreprocessingOptions preprocessing;
  ContaminationOptions contamination;
  Named<std::string> options;
};
template <class V>
void describe(V& v, TaskOptions& o) {
  v.field("name", o.name, "name in the task registry", anything());
  v.field("full_name", o.full_name, "name in reports", anything());
  v.field("type", o.type, "ner, relation, temporal, ranking, classification, ...", anything());
  v.field("task_level", o.task_level, "1 entities, 2 relations and ranking; [1, 2]: parts on both levels",
          between(1, 2));
  v.field("head", o.head, "head in the head registry; null: the task's own", anything());
  v.group("head_options", o.head_options, "what the task asks of its head");
  v.field("subtask", o.subtask, "part of the shared task, e.g. A, B, 2a; null: the task's own", anything());
  v.group("data", o.data, "the data");
  v.group("evaluation", o.evaluation, "the score");
  v.group("preprocessing", o.preprocessing, "from text to tokens");
  v.group("contamination", o.contamination, "has the base model seen the test data?");
  v.field("options", o.options, "further options that the task itself names and checks", anything());
}

struct TaskEntry {
  std::string key;  // <key> of tasks.<key>.task; the task's name when there is a single `task`
  TaskOptions task;
};

// A `tasks.<key>` of the composed tree.
struct TaskHolder {
  TaskOptions task;
};
template <class V>
void describe(V& v, TaskHolder& o) {
  v.group("task", o.task, "one task of a multi-task experiment");
}

}  // namespace polyclinic
