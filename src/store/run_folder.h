#pragma once
// The folder of one run; docs/run-folder.md is its normative page.
#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace polyclinic {

class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path root) : root_(std::move(root)) {}
  // results/<run>; `run` is an id or a name and may not leave the results folder (InputError).
  static RunFolder in(const std::filesystem::path& results, const std::string& run);

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path config() const { return root_ / "config.yaml"; }        // resolved
  std::filesystem::path overrides() const { return root_ / "overrides.yaml"; }  // as given on the command line
  std::filesystem::path metrics() const { return root_ / "metrics.jsonl"; }     // MetricsLog
  std::filesystem::path scores() const { return root_ / "scores.json"; }        // final scores of each task
  std::filesystem::path predictions(const std::string& task, const std::string& split) const {
    return root_ / "predictions" / task / split;
  }
  std::filesystem::path per_document() const { return root_ / "per_document.jsonl"; }
  std::filesystem::path checkpoints() const { return root_ / "checkpoints"; }  // CheckpointSet
  std::filesystem::path events() const { return root_ / "events"; }            // EventWriter
  std::filesystem::path report() const { return root_ / "report.txt"; }  // scores, conflicts, transfer, as printed

  // Makes the folder and writes the two YAML files (whole or not at all).
  void prepare(const std::string& resolved_config, const std::string& overrides) const;

 private:
  std::filesystem::path root_;
};

// Counts of one document for paired tests (per_document.jsonl): {"id": "...", "task": "...", "tp": 1, "fp": 0, "fn":
// 2}. Where the score is a mean (of average precisions, of overlaps), "sum" and "items" hold its parts.
struct DocumentCounts {
  std::string task;
  std::string id;
  double tp = 0, fp = 0, fn = 0;
  double sum = 0, items = 0;
  bool operator==(const DocumentCounts&) const = default;
};
void write_per_document(const std::filesystem::path& file, const std::vector<DocumentCounts>& documents);
// InputError with the line when one is malformed.
std::vector<DocumentCounts> read_per_document(const std::filesystem::path& file);

}  // namespace polyclinic
