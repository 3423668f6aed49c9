#include "store/run_folder.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"

namespace polyclinic {
namespace fs = std::filesystem;

RunFolder RunFolder::in(const fs::path& results, const std::string& run) {
  if (run.empty() || run.front() == '.' || run.find('/') != std::string::npos) {
    throw InputError(concat("'", run, "' cannot name a run"), {}, "use an id or a name without '/' or a leading '.'");
  }
  return RunFolder(results / run);
}

void RunFolder::prepare(const std::string& resolved_config, const std::string& override_list) const {
  write_file_atomic(config(), resolved_config);
  write_file_atomic(overrides(), override_list);
}

void write_per_document(const fs::path& file, const std::vector<DocumentCounts>& documents) {
  std::string text;
  for (const DocumentCounts& d : documents) {
    nlohmann::json line = {{"task", d.task}, {"id", d.id}, {"tp", d.tp}, {"fp", d.fp}, {"fn", d.fn}};
    if (d.items > 0) line.update({{"sum", d.sum}, {"items", d.items}});
    text += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  write_file_atomic(file, text);
}

std::vector<DocumentCounts> read_per_document(const fs::path& file) {
  std::vector<DocumentCounts> documents;
  const std::string text = read_file(file);
  int line = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    ++line;
    try {
      const auto json = nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                              text.begin() + static_cast<std::ptrdiff_t>(end));
      documents.push_back({json.value("task", ""), json.at("id").get<std::string>(), json.at("tp").get<double>(),
                           json.at("fp").get<double>(), json.at("fn").get<double>(), json.value("sum", 0.0),
                           json.value("items", 0.0)});
    } catch (const nlohmann::json::exception&) {
      throw InputError("is no object with id, tp, fp and fn", {.file = file.string(), .line = line});
    }
    begin = end + 1;
  }
  return documents;
}

}  // namespace polyclinic
