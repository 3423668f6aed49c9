#include <algorithm>
#include <set>

#include <pugixml.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/code_points.h"
#include "tasks/official_text.h"
#include "tasks/semeval2017t3.h"

namespace polyclinic {
namespace {

namespace fs = std::filesystem;

class Reader {
 public:
  Reader(std::string_view bytes, std::string file, Diagnostics& diagnostics)
      : bytes_(bytes), file_(std::move(file)), diagnostics_(diagnostics) {}

  std::vector<Example> read(const std::string& subtask) {
    pugi::xml_document document;
    const pugi::xml_parse_result result = document.load_buffer(bytes_.data(), bytes_.size());
    if (!result) {
      diagnostics_.error(
          concat("not valid XML: ", result.description()),
          {file_, line_of_byte(bytes_, static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, result.offset)))},
          "correct the XML here or just above");
      return {};
    }
    warn_of_entities();
    const pugi::xml_node root = document.child("xml");
    if (!root) {
      diagnostics_.error("the root element is not <xml>", {file_, 1}, "use the task's own XML file");
      return {};
    }
    if (subtask == "D") {
      for (const pugi::xml_node question : root.children("Question")) medical(question);
    } else {
      for (const pugi::xml_node thread : root.children("Thread")) this->thread(thread, {}, subtask);
      for (const pugi::xml_node original : root.children("OrgQuestion")) {
        for (const pugi::xml_node thread : original.children("Thread")) this->thread(thread, original, subtask);
      }
    }
    return std::move(out_);
  }

 private:
  Where at(const pugi::xml_node& node) const {
    return {file_, line_of_byte(bytes_, static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, node.offset_debug())))};
  }

  // pugixml leaves a '&' that begins no entity as it is; so do we, and say so.
  void warn_of_entities() {
    for (std::size_t i = bytes_.find('&'); i != std::string_view::npos; i = bytes_.find('&', i + 1)) {
      const std::string_view rest = bytes_.substr(i + 1, 12);
      const std::size_t end = rest.find(';');
      const std::string_view name = rest.substr(0, std::min(end, rest.size()));
      const bool known =
          end != std::string_view::npos && (name == "amp" || name == "lt" || name == "gt" || name == "quot" ||
                                            name == "apos" || (name.size() > 1 && name[0] == '#'));
      if (!known)
        diagnostics_.warning("a '&' that begins no XML entity is read as it stands", {file_, line_of_byte(bytes_, i)},
                             "write &amp;");
    }
  }

  std::string attribute(const pugi::xml_node& node, const char* name) {
    const pugi::xml_attribute value = node.attribute(name);
    if (!value) diagnostics_.error(concat("<", node.name(), "> has no ", name), at(node), "add the attribute");
    return value.value();
  }

  static std::string join(const char* a, const char* b) {
    const std::string first(strip(a)), second(strip(b));
    return first.empty() || second.empty() ? first + second : first + "\n" + second;
  }

  void add(const pugi::xml_node& node, const std::string& query, const std::string& id, const std::string& text,
           const std::string& second, const std::string& relevance, std::initializer_list<const char*> relevant,
           long long rank) {
    if (!seen_.insert(query + "\t" + id).second) {
      return diagnostics_.error(concat("the candidate ", id, " of ", query, " appears twice"), at(node),
                                "give it its own id");
    }
    Example example{
        id, text, second, query, {}, {}, {}, std::nullopt, {{"rank", concat(rank)}, {"relevance", relevance}}};
    const bool hit = std::any_of(relevant.begin(), relevant.end(), [&](const char* r) { return relevance == r; });
    if (relevance != "?" && !relevance.empty()) example.labels = {hit ? "true" : "false"};
    out_.push_back(std::move(example));
  }

  // The number after the last letter `mark` of an id such as Q268_R4_C1.
  static long long number_after(const std::string& id, char mark) {
    const std::size_t place = id.rfind(concat("_", mark));
    if (place == std::string::npos) return 0;
    const std::size_t begin = place + 2;
    return python_int(id.substr(begin, id.find('_', begin) - begin)).value_or(0);
  }

  void thread(const pugi::xml_node& thread, const pugi::xml_node& original, const std::string& subtask) {
    if (subtask == "A" && thread.attribute("SubtaskA_Skip_Because_Same_As_RelQuestion_ID")) return;
    const pugi::xml_node related = thread.child("RelQuestion");
    if (!related) return diagnostics_.error("a Thread without its RelQuestion", at(thread), "add it");
    const std::string related_id = attribute(related, "RELQ_ID");
    const std::string related_text = join(related.child_value("RelQSubject"), related.child_value("RelQBody"));
    std::string query = related_id, text = related_text;
    if (subtask != "A") {
      if (!original)
        return diagnostics_.error("a Thread outside of an OrgQuestion", at(thread), "only subtask A has such files");
      query = attribute(original, "ORGQ_ID");
      text = join(original.child_value("OrgQSubject"), original.child_value("OrgQBody"));
    }
    const long long place = number_after(related_id, 'R');
    if (subtask == "B") {
      return add(related, query, related_id, text, related_text, attribute(related, "RELQ_RELEVANCE2ORGQ"),
                 {"PerfectMatch", "Relevant"}, place);
    }
    for (const pugi::xml_node comment : thread.children("RelComment")) {
      const std::string id = attribute(comment, "RELC_ID");
      const long long number = number_after(id, 'C');
      add(comment, query, id, text, std::string(strip(comment.child_value("RelCText"))),
          attribute(comment, subtask == "A" ? "RELC_RELEVANCE2RELQ" : "RELC_RELEVANCE2ORGQ"), {"Good"},
          subtask == "A" ? number : 100 * place + number);
    }
  }

  void medical(const pugi::xml_node& question) {
    const std::string query = attribute(question, "QID"), text(strip(question.child_value("Qtext")));
    const std::size_t first = out_.size();
    long long rank = 0;
    for (const pugi::xml_node pair : question.children("QApair")) {
      const std::string id = attribute(pair, "QAID");
      add(pair, query, id, text, join(pair.child_value("QAquestion"), pair.child_value("QAanswer")),
          attribute(pair, "QArel"), {"D", "R"}, ++rank);
    }
    std::stable_sort(
        out_.begin() + static_cast<std::ptrdiff_t>(first), out_.end(),
        [](const Example& a, const Example& b) { return python_int(a.id).value_or(0) < python_int(b.id).value_or(0); });
  }

  std::string_view bytes_;
  std::string file_;
  Diagnostics& diagnostics_;
  std::set<std::string> seen_;
  std::vector<Example> out_;
};

}  // namespace

std::vector<Example> read_semeval2017t3(std::string_view bytes, const std::string& file, const std::string& subtask,
                                        Diagnostics& diagnostics) {
  if (subtask != "A" && subtask != "B" && subtask != "C" && subtask != "D") {
    throw InputError(concat("there is no subtask '", subtask, "'"), {"", 0, 0, "task.subtask"}, "choose A, B, C or D");
  }
  if (const auto bad = first_invalid_byte(bytes)) {
    diagnostics.error("not UTF-8", {file, line_of_byte(bytes, *bad)}, "save the file as UTF-8");
    return {};
  }
  return Reader(bytes, file, diagnostics).read(subtask);
}

std::vector<fs::path> semeval2017t3_files(const fs::path& folder, const std::string& split,
                                          const std::string& subtask) {
  if (!fs::is_directory(folder))
    throw InputError("not a folder", {folder.string()}, "set task.data.path to the folder of XML files");
  std::vector<fs::path> files;
  const bool medical = subtask == "D";
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".xml" || name.find(split) == std::string::npos) continue;
    if (name.find("multiline") != std::string::npos || (name.find("-MD-") != std::string::npos) != medical) continue;
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  const auto has_own = [&](const fs::path& path) {
    const fs::path own = path.parent_path() / (path.stem().string() + "-subtaskA.xml");
    return std::find(files.begin(), files.end(), own) != files.end();
  };
  std::vector<fs::path> out;
  for (const fs::path& path : files) {
    const bool only_a = path.stem().string().ends_with("-subtaskA");
    if (subtask == "A" ? !has_own(path) : !only_a) out.push_back(path);
  }
  if (out.empty()) {
    throw InputError(concat("no XML file of the split '", split, "' for subtask ", subtask), {folder.string()},
                     "file names hold train, dev or test; Arabic ones also -MD-");
  }
  return out;
}

std::string format_relevancy(const std::vector<Example>& examples) {
  std::string out;
  for (const Example& e : examples) {
    const auto found = e.properties.find("rank");
    const long long rank = found == e.properties.end() ? 1 : python_int(found->second).value_or(1);
    const bool relevant = !e.labels.empty() && e.labels[0] == "true";
    out += concat(e.group, "\t", e.id, "\t", rank, "\t",
                  printf_text("%.15g", 1.0 / static_cast<double>(std::max(1LL, rank))), "\t", relevant, "\n");
  }
  return out;
}

std::string format_ranking(const std::vector<Example>& examples) {
  std::string out;
  for (const Example& e : examples) {
    const bool relevant = !e.labels.empty() && e.labels[0] == "true";
    out += concat(e.group, "\t", e.id, "\t0\t", printf_text("%.17g", e.score.value_or(0)), "\t", relevant, "\n");
  }
  return out;
}

}  // namespace polyclinic
