#include "tasks/persuasion.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "tasks/code_points.h"
#include "tasks/official_text.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

// Lines on which the objects of the outer array begin: braces counted outside strings.
std::vector<int> object_lines(std::string_view bytes) {
  std::vector<int> lines;
  int line = 1, depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\n') ++line;
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (depth++ == 1) lines.push_back(line);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return lines;
}

std::string id_text(const Json& id) { return id.is_string() ? id.get<std::string>() : id.dump(); }

// int() of a JSON value as Python has it.
std::optional<long long> as_integer(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_integer()) return value.get<long long>();
  if (value.is_number_float()) {
    const double number = value.get<double>();
    return std::abs(number) < 9e18 ? std::optional(static_cast<long long>(number)) : std::nullopt;
  }
  if (value.is_string()) return python_int(value.get<std::string>());
  return std::nullopt;
}

void read_span(const Json& label, PersuasionItem& item, const Where& where, Diagnostics& diagnostics) {
  if (!label.is_object() || !label.contains("technique") || !label.contains("start") || !label.contains("end")) {
    return diagnostics.error("a label lacks technique, start or end", where,
                             "write {\"start\", \"end\", \"technique\"}");
  }
  const std::optional<long long> begin = as_integer(label["start"]), end = as_integer(label["end"]);
  if (!begin || !end || !label["technique"].is_string()) {
    return diagnostics.error("start and end must be whole numbers and technique a text", where, "correct the label");
  }
  PersuasionSpan span{label["technique"].get<std::string>(), *begin, *end, ""};
  if (label.contains("text_fragment") && label["text_fragment"].is_string()) {
    span.fragment = label["text_fragment"].get<std::string>();
  }
  if (span.begin < 0 || span.begin >= span.end) {
    return diagnostics.error(concat("the span ", span.begin, "..", span.end, " is empty or negative"), where,
                             "a span needs 0 <= start < end");
  }
  item.spans.push_back(std::move(span));
}

void read_labels(const Json& labels, PersuasionItem& item, bool spans, const Where& where, Diagnostics& diagnostics) {
  for (const Json& label : labels) {
    if (spans) {
      read_span(label, item, where, diagnostics);
    } else if (label.is_string()) {
      item.labels.push_back(label.get<std::string>());
    } else {
      diagnostics.error("a label is no text", where,
                        label.is_object() ? "labels with spans belong to subtask 2" : "write the technique's name");
    }
  }
}

}  // namespace

const std::vector<std::string>& persuasion_techniques(std::string_view subtask) {
  static const std::vector<std::string> text = {"Appeal to authority",
                                                "Appeal to fear/prejudice",
                                                "Black-and-white Fallacy/Dictatorship",
                                                "Causal Oversimplification",
                                                "Doubt",
                                                "Exaggeration/Minimisation",
                                                "Flag-waving",
                                                "Glittering generalities (Virtue)",
                                                "Loaded Language",
                                                "Misrepresentation of Someone's Position (Straw Man)",
                                                "Name calling/Labeling",
                                                "Obfuscation, Intentional vagueness, Confusion",
                                                "Presenting Irrelevant Data (Red Herring)",
                                                "Reductio ad hitlerum",
                                                "Repetition",
                                                "Slogans",
                                                "Smears",
                                                "Thought-terminating clich\xC3\xA9",
                                                "Whataboutism",
                                                "Bandwagon"};
  static const std::vector<std::string> meme = [] {
    std::vector<std::string> all = text;
    all.insert(all.end(), {"Transfer", "Appeal to (Strong) Emotions"});
    return all;
  }();
  return subtask == "3" ? meme : text;
}

std::vector<PersuasionItem> read_persuasion(std::string_view bytes, const std::string& file, bool spans,
                                            Diagnostics& diagnostics) {
  std::vector<PersuasionItem> items;
  if (bytes.starts_with("\xEF\xBB\xBF")) {
    diagnostics.error("the file begins with a byte order mark", {file, 1}, "save it as UTF-8 without one");
    return items;
  }
  Json root;
  try {
    root = Json::parse(bytes);
  } catch (const Json::parse_error& error) {
    diagnostics.error("not valid JSON", {file, line_of_byte(bytes, error.byte)}, "correct the JSON here or just above");
    return items;
  } catch (const Json::out_of_range&) {
    diagnostics.error("a number beyond a double's range", {file, 0}, "write labels as strings");
    return items;
  }
  if (!root.is_array()) {
    diagnostics.error("the file is no JSON list", {file, 1}, "write [ {...}, {...} ]");
    return items;
  }
  const std::vector<int> lines = object_lines(bytes);
  for (std::size_t i = 0; i < root.size(); ++i) {
    PersuasionItem item;
    item.line = i < lines.size() ? lines[i] : 0;
    const Where where{file, item.line};
    if (!root[i].is_object() || !root[i].contains("id") || !root[i].contains("labels") ||
        !root[i]["labels"].is_array()) {
      diagnostics.error("an entry lacks id or labels", where, "each entry needs \"id\" and a list \"labels\"");
      continue;
    }
    item.id = id_text(root[i]["id"]);
    item.text_id = root[i]["id"].is_string();
    if (root[i].contains("text") && root[i]["text"].is_string()) item.text = root[i]["text"].get<std::string>();
    read_labels(root[i]["labels"], item, spans, where, diagnostics);
    items.push_back(std::move(item));
  }
  return items;
}

std::string write_persuasion(const std::vector<PersuasionItem>& items) {
  Json root = Json::array();
  for (const PersuasionItem& item : items) {
    Json labels = Json::array();
    for (const std::string& label : item.labels) labels.push_back(label);
    for (const PersuasionSpan& span : item.spans) {
      labels.push_back({{"start", span.begin}, {"end", span.end}, {"technique", span.technique}});
      if (!span.fragment.empty()) labels.back()["text_fragment"] = span.fragment;
    }
    Json entry = {{"id", item.id}};
    if (!item.text.empty()) entry["text"] = item.text;
    entry["labels"] = std::move(labels);
    root.push_back(std::move(entry));
  }
  return root.dump(2) + "\n";
}

}  // namespace polyclinic
