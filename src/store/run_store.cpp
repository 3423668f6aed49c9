#include "store/run_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <future>

#include "core/concat.h"
#include "core/error.h"
#include "store/process_mark.h"
#include "store/sha256.h"

namespace polyclinic {
namespace fs = std::filesystem;

namespace {
constexpr std::int64_t schema_version = 2;

constexpr const char* runs_table = R"(CREATE TABLE IF NOT EXISTS runs(
  identity TEXT PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL, model TEXT NOT NULL, strategy TEXT NOT NULL,
  seed TEXT NOT NULL, data TEXT NOT NULL, status TEXT NOT NULL, started TEXT NOT NULL, ended TEXT NOT NULL,
  reason TEXT NOT NULL, folder TEXT NOT NULL, score REAL, metrics TEXT NOT NULL, tokens TEXT NOT NULL,
  parameters_active INTEGER NOT NULL, parameters_total INTEGER NOT NULL, process TEXT NOT NULL,
  details TEXT NOT NULL DEFAULT '{}'))";
constexpr const char* hashes_table = R"(CREATE TABLE IF NOT EXISTS content(
  path TEXT PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, sha256 TEXT NOT NULL))";
constexpr const char* columns =
    "identity, id, name, model, strategy, seed, data, status, started, ended, reason, folder, score, metrics, tokens, "
    "parameters_active, parameters_total, details";

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

std::string tokens_text(const RunRecord& run) { return to_json_object(run)["tokens"].dump(); }

std::map<std::string, RunTokens> tokens_of(const std::string& text) {
  std::map<std::string, RunTokens> tokens;
  const auto json = nlohmann::json::parse(text);
  for (const auto& [task, count] : json.items()) {
    tokens[task] = {count.at("fed"), count.at("loss_bearing"), count.at("trunk")};
  }
  return tokens;
}

RunRecord read_row(const Statement& row) {
  RunRecord run;
  run.identity = row.text(0);
  run.id = row.text(1);
  run.name = row.text(2);
  run.model = row.text(3);
  run.strategy = row.text(4);
  run.seed = row.text(5);
  run.data = nlohmann::json::parse(row.text(6)).get<std::map<std::string, std::string>>();
  run.status = run_status(row.text(7));
  run.started = row.text(8);
  run.ended = row.text(9);
  run.reason = row.text(10);
  run.folder = row.text(11);
  if (!row.is_null(12)) run.score = row.real(12);
  run.metrics = nlohmann::json::parse(row.text(13));
  run.tokens = tokens_of(row.text(14));
  run.parameters_active = row.integer(15);
  run.parameters_total = row.integer(16);
  run.details = nlohmann::json::parse(row.text(17));
  return run;
}

bool holds(const std::map<std::string, std::string>& all, const std::map<std::string, std::string>& some) {
  return std::all_of(some.begin(), some.end(), [&](const auto& entry) {
    const auto found = all.find(entry.first);
    return found != all.end() && found->second == entry.second;
  });
}
}  // namespace

RunStore::RunStore(const fs::path& results, Clock clock)
    : results_(results), clock_(clock ? std::move(clock) : utc_now), database_(results / "polyclinic.sqlite") {
  make_tables();
}

void RunStore::make_tables() {
  const auto version = [&] {
    Statement query = database_.prepare("PRAGMA user_version");
    query.step();
    return query.integer(0);
  };
  if (version() == schema_version) return;
  if (version() > schema_version) {
    throw InputError(concat("run store of version ", version(), ", this program knows ", schema_version),
                     {.file = database_.file()}, "use the newer polyclinic that made it");
  }
  database_.transaction([&] {
    const std::int64_t found = version();  // another process may have been faster
    if (found == schema_version) return;
    if (found == 1) database_.run("ALTER TABLE runs ADD COLUMN details TEXT NOT NULL DEFAULT '{}'");
    database_.run(runs_table);
    database_.run(hashes_table);
    database_.run(concat("PRAGMA user_version = ", schema_version));
  });
}

Claim RunStore::begin(const RunRecord& run, bool retry_failed) {
  Claim claim = Claim::fresh;
  database_.transaction([&] {
    std::string started = clock_();
    Statement old = database_.prepare("SELECT status, started, process FROM runs WHERE identity = ?");
    if (old.bind(run.identity).step()) {
      const RunStatus status = run_status(old.text(0));
      claim = status == RunStatus::finished                           ? Claim::finished
              : status == RunStatus::failed                           ? Claim::failed
              : status == RunStatus::running && is_alive(old.text(2)) ? Claim::busy
                                                                      : Claim::resumed;
      if (claim == Claim::finished || claim == Claim::busy) return;
      if (claim == Claim::failed && !retry_failed) return;
      started = old.text(1);
      claim = Claim::resumed;
    }
    const nlohmann::json data = run.data;
    Statement insert = database_.prepare(
        concat("INSERT OR REPLACE INTO runs(", columns,
               ", process) VALUES(?, ?, ?, ?, ?, ?, ?, 'running', ?, '', '', ?, ?, ?, ?, ?, ?, ?, ?)"));
    insert.bind(run.identity).bind(run.id).bind(run.name).bind(run.model).bind(run.strategy).bind(run.seed);
    insert.bind(data.dump()).bind(started).bind(run.folder).bind(run.score).bind(run.metrics.dump());
    insert.bind(tokens_text(run)).bind(run.parameters_active).bind(run.parameters_total);
    insert.bind(run.details.dump()).bind(this_process()).run();
  });
  return claim;
}

void RunStore::update(const RunRecord& run) {
  database_.transaction([&] {
    Statement change = database_.prepare(
        "UPDATE runs SET status = ?, ended = ?, reason = ?, score = ?, metrics = ?, tokens = ?, parameters_active = ?, "
        "parameters_total = ?, details = ? WHERE identity = ? RETURNING id");
    change.bind(to_string(run.status)).bind(run.status == RunStatus::running ? "" : clock_()).bind(run.reason);
    change.bind(run.score).bind(run.metrics.dump()).bind(tokens_text(run));
    change.bind(run.parameters_active).bind(run.parameters_total).bind(run.details.dump()).bind(run.identity);
    if (!change.step()) throw FailedError("update of a run that was never begun", {.key = run.id});
    change.run();
  });
}

std::vector<RunRecord> RunStore::select(const std::string& where, const std::vector<std::string>& values) const {
  Statement query =
      database_.prepare(concat("SELECT ", columns, " FROM runs WHERE ", where, " ORDER BY started, rowid"));
  for (const std::string& value : values) query.bind(value);
  std::vector<RunRecord> runs;
  while (query.step()) runs.push_back(read_row(query));
  return runs;
}

std::optional<RunRecord> RunStore::find(const std::string& identity) const {
  std::vector<RunRecord> runs = select("identity = ?", {identity});
  if (runs.empty()) return std::nullopt;
  return std::move(runs.front());
}

RunRecord RunStore::resolve(const std::string& run) const {
  std::vector<RunRecord> named = select("name = ?", {run});
  if (run.size() >= 4 && run.find_first_not_of("0123456789abcdef") == std::string::npos) {
    std::vector<RunRecord> begun = select("substr(identity, 1, length(?)) = ?", {run, run});
    if (begun.size() > 1) {
      throw InputError(concat(begun.size(), " runs begin with '", run, "'"), {.file = database_.file()},
                       "give more digits of the id");
    }
    if (begun.size() == 1) return std::move(begun.front());
  }
  if (named.empty()) {
    throw InputError(concat("no run '", run, "'"), {.file = database_.file()},
                     "`polyclinic runs list` shows ids and names");
  }
  return std::move(named.back());
}

std::vector<RunRecord> RunStore::list(const Filter& filter) const {
  std::string where = "1";
  std::vector<std::string> values;
  const auto add = [&](const char* column, const std::string& value) {
    if (value.empty()) return;
    where += concat(" AND ", column, " = ?");
    values.push_back(value);
  };
  add("model", filter.model);
  add("strategy", filter.strategy);
  add("status", filter.status.empty() ? "" : std::string(to_string(run_status(filter.status))));
  std::vector<RunRecord> runs = select(where, values);
  if (!filter.task.empty()) std::erase_if(runs, [&](const RunRecord& r) { return !r.data.contains(filter.task); });
  return runs;
}

std::optional<RunRecord> RunStore::best_s3(const std::string& model, const std::string& seed,
                                           const std::map<std::string, std::string>& data) const {
  std::optional<RunRecord> best;
  for (RunRecord& run :
       select("model = ? AND seed = ? AND status = 'finished' AND strategy IN ('S3a', 'S3b')", {model, seed})) {
    const std::optional<double> dev = run.detail("dev");
    if (run.data == data && dev && (!best || *dev > *best->detail("dev"))) best = std::move(run);
  }
  return best;
}

std::optional<RunRecord> RunStore::matching(const std::string& strategy, const std::string& model,
                                            const std::string& seed,
                                            const std::map<std::string, std::string>& data) const {
  std::optional<RunRecord> latest;
  for (RunRecord& run :
       select("strategy = ? AND model = ? AND seed = ? AND status = 'finished'", {strategy, model, seed})) {
    if (holds(run.data, data)) latest = std::move(run);
  }
  return latest;
}

namespace {

// What the table of hashes knows a file by.
struct FileMark {
  std::string path;
  std::int64_t size = 0, changed = 0;
};

FileMark mark_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) {
    throw InputError(concat("cannot be read: ", std::strerror(errno)), {.file = file.string()});
  }
  return {fs::absolute(file).lexically_normal().string(), static_cast<std::int64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1000000000 + status.st_mtim.tv_nsec};
}

}  // namespace

// Files that are not known yet are read side by side: the shards of a model.
std::vector<std::string> RunStore::file_hashes(const std::vector<fs::path>& files) {
  std::vector<std::string> hashes(files.size());
  std::vector<FileMark> marks;
  std::vector<std::pair<std::size_t, std::future<std::string>>> reading;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileMark& mark = marks.emplace_back(mark_of(files[i]));
    Statement known = database_.prepare("SELECT sha256 FROM content WHERE path = ? AND size = ? AND changed = ?");
    if (known.bind(mark.path).bind(mark.size).bind(mark.changed).step()) {
      hashes[i] = known.text(0);
    } else {
      const auto how = mark.size > (1 << 20) ? std::launch::async : std::launch::deferred;
      reading.emplace_back(i, std::async(how, sha256_file, files[i]));
    }
  }
  for (auto& [i, hash] : reading) {
    hashes[i] = hash.get();
    const FileMark& mark = marks[i];
    Statement keep =
        database_.prepare("INSERT OR REPLACE INTO content(path, size, changed, sha256) VALUES(?, ?, ?, ?)");
    keep.bind(mark.path).bind(mark.size).bind(mark.changed).bind(hashes[i]).run();
  }
  return hashes;
}

std::string RunStore::content_hash(const fs::path& path) {
  std::error_code code;
  if (!fs::is_directory(path, code)) return file_hashes({path}).front();
  std::vector<std::string> files;
  const auto follow = fs::directory_options::follow_directory_symlink;
  for (auto at = fs::recursive_directory_iterator(path, follow); at != fs::recursive_directory_iterator(); ++at) {
    if (at->path().filename().string().starts_with(".")) {
      at.disable_recursion_pending();
    } else if (at->is_regular_file()) {
      files.push_back(at->path().lexically_relative(path).generic_string());
    }
  }
  std::sort(files.begin(), files.end());
  Sha256 hash;
  std::vector<fs::path> places;
  places.reserve(files.size());
  for (const std::string& file : files) places.push_back(path / file);
  const std::vector<std::string> hashes = file_hashes(places);
  for (std::size_t i = 0; i < files.size(); ++i) hash.update(concat(files[i], "\t", hashes[i], "\n"));
  return hash.hex();
}

}  // namespace polyclinic
