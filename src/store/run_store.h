#pragma once
// results/polyclinic.sqlite: every run that was begun, for this process and others beside it (WAL; writes wait for each
// other up to 30 s).
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "store/database.h"
#include "store/run_record.h"

namespace polyclinic {

// What begin() found.
enum class Claim {
  fresh,     // new: train from the start
  resumed,   // stopped, or its process is gone: go on from its newest checkpoint
  finished,  // done before: skip it
  failed,    // failed before; begin() with retry_failed claims it
  busy       // another living process has it
};

class RunStore {
 public:
  using Clock = std::function<std::string()>;  // now in UTC, ISO 8601
  // Opens or makes the store of a results folder. InputError when the file is not one or was made by a newer version.
  explicit RunStore(const std::filesystem::path& results, Clock clock = {});

  // Claims `run.identity` for this process; one of several processes gets it. On fresh and resumed the record is
  // written with status running, started now (resumed: when it was first started).
  Claim begin(const RunRecord& run, bool retry_failed = false);
  // Status, reason, score, metrics, tokens and parameters of a run that begin() claimed; `ended` is set unless running.
  void update(const RunRecord& run);

  // By whole identity.
  std::optional<RunRecord> find(const std::string& identity) const;
  // By id, a unique beginning of one (4 digits at least), or a name (the latest run of that name). InputError when
  // there is none or several ids begin so.
  RunRecord resolve(const std::string& run) const;
  struct Filter {
    std::string model, strategy, task, status;  // empty: any
  };
  std::vector<RunRecord> list(const Filter& filter = {}) const;  // by start

  // Finished run of S3a or S3b with the highest score on dev (never on test), on the same model, seed and data of all
  // tasks.
  std::optional<RunRecord> best_s3(const std::string& model, const std::string& seed,
                                   const std::map<std::string, std::string>& data) const;
  // Latest finished run of `strategy` on the same model and seed whose data hold all of `data` (a single task's budget
  // is found in the multi-task run that contains it): token_control.match_to.
  std::optional<RunRecord> matching(const std::string& strategy, const std::string& model, const std::string& seed,
                                    const std::map<std::string, std::string>& data) const;

  // SHA-256 of a file's content, or of a folder's file names and contents (hidden files not among them). Remembered by
  // path, size and time of change, so that large weights are read once.
  std::string content_hash(const std::filesystem::path& path);

  const std::filesystem::path& results() const { return results_; }

 private:
  std::filesystem::path results_;
  Clock clock_;
  Database database_;

  void make_tables();
  std::vector<RunRecord> select(const std::string& where, const std::vector<std::string>& values) const;
  std::vector<std::string> file_hashes(const std::vector<std::filesystem::path>& files);
};

}  // namespace polyclinic
