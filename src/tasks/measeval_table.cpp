#include "tasks/measeval_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "tasks/code_points.h"
#include "tasks/official_text.h"

namespace polyclinic {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 8> kColumns = {"docId",     "annotSet", "annotType", "startOffset",
                                                      "endOffset", "annotId",  "text",      "other"};
constexpr std::array<std::string_view, 11> kModifiers = {
    "IsCount", "IsApproximate", "IsMeanHasTolerance", "IsMedian",      "IsList",     "IsRangeHasTolerance",
    "IsMean",  "IsRange",       "HasTolerance",       "IsMeanIsRange", "IsMeanHasSD"};

Json parse(const std::string& text) { return Json::parse(text, nullptr, false); }

// Position of each column in the file, or nothing after an error.
std::optional<std::array<std::size_t, 8>> columns_of(const TableRow& header, const std::string& file,
                                                     Diagnostics& diagnostics) {
  std::array<std::size_t, 8> place{};
  for (std::size_t c = 0; c < kColumns.size(); ++c) {
    std::size_t at = 0;
    while (at < header.fields.size() && header.fields[at].text != kColumns[c]) ++at;
    if (at == header.fields.size()) {
      diagnostics.error(
          concat("no column '", kColumns[c], "'"), {file, header.line},
          "the first line names docId, annotSet, annotType, startOffset, endOffset, annotId, text, other");
      return std::nullopt;
    }
    place[c] = at;
  }
  return place;
}

bool read_number(const std::string& text, std::string_view column, const Where& where, Diagnostics& diagnostics,
                 long long& out) {
  const std::optional<long long> value = python_int(text);
  if (!value) diagnostics.error(concat(column, " '", text, "' is no whole number"), where, "write digits");
  if (value) out = *value;
  return value.has_value();
}

bool contains(const auto& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Keys that `other` may have, by type.
std::vector<std::string_view> allowed_keys(const std::string& type) {
  if (type == "Quantity") return {"mods", "unit"};
  if (type == "MeasuredEntity") return {"HasProperty", "HasQuantity"};
  if (type == "MeasuredProperty") return {"HasQuantity"};
  return {"Qualifies"};
}

void check_other(const MeasEvalRow& row, Diagnostics& diagnostics) {
  const Where where{row.file, row.line};
  const bool quantity = row.type == "Quantity";
  if (row.other.empty()) {
    if (!quantity) diagnostics.error(concat("a ", row.type, " without its relation"), where, "fill the column other");
    return;
  }
  const Json other = parse(row.other);
  if (!other.is_object()) return diagnostics.error("the column other is no JSON object", where, "write {\"key\": ...}");
  const std::vector<std::string_view> keys = allowed_keys(row.type);
  for (const auto& [key, value] : other.items()) {
    if (!contains(keys, key)) diagnostics.error(concat("a ", row.type, " cannot have '", key, "'"), where, "remove it");
  }
  if (!quantity) {
    if (other.empty())
      diagnostics.error(concat("a ", row.type, " without its relation"), where, "fill the column other");
    return;
  }
  if (!other.contains("mods")) return;
  if (!other["mods"].is_array()) return diagnostics.error("mods is no list", where, "write \"mods\": [\"IsMean\"]");
  for (const Json& modifier : other["mods"]) {
    if (!modifier.is_string() || !contains(kModifiers, modifier.get<std::string>())) {
      diagnostics.error(concat("unknown modifier ", modifier.dump()), where, "use one of the eleven of the task");
    }
  }
}

}  // namespace

bool is_missing_value(std::string_view text) {  // pandas' default na_values
  static const std::set<std::string_view> missing = {"",     "#N/A", "#N/A N/A", "#NA",     "-1.#IND", "-1.#QNAN",
                                                     "-NaN", "-nan", "1.#IND",   "1.#QNAN", "<NA>",    "N/A",
                                                     "NA",   "NULL", "NaN",      "n/a",     "nan",     "null"};
  return missing.contains(text);
}

std::vector<TableRow> read_table(std::string_view bytes, char delimiter) {
  std::vector<TableRow> rows;
  int line = 1;
  std::size_t at = 0;
  const auto ends_row = [&](char c) { return c == '\n' || c == '\r'; };
  while (at < bytes.size()) {
    TableRow row{line, {}};
    bool more = true;
    while (more) {
      TableField field;
      if (at < bytes.size() && bytes[at] == '"') {
        field.quoted = true;
        for (++at; at < bytes.size(); ++at) {
          if (bytes[at] == '"' && (at + 1 >= bytes.size() || bytes[at + 1] != '"')) break;
          if (bytes[at] == '"') ++at;
          if (bytes[at] == '\n') ++line;
          field.text += bytes[at];
        }
        at = std::min(at + 1, bytes.size());
      }
      while (at < bytes.size() && bytes[at] != delimiter && !ends_row(bytes[at])) field.text += bytes[at++];
      more = at < bytes.size() && bytes[at] == delimiter;
      if (more) ++at;
      row.fields.push_back(std::move(field));
    }
    if (at + 1 < bytes.size() && bytes[at] == '\r' && bytes[at + 1] == '\n') ++at;
    ++at;
    ++line;
    const bool blank = row.fields.size() == 1 && row.fields[0].text.empty() && !row.fields[0].quoted;
    if (!blank) rows.push_back(std::move(row));
  }
  return rows;
}

std::optional<MeasEvalLink> measeval_link(const MeasEvalRow& row) {
  const Json other = parse(row.other);
  if (row.type == "Quantity" || !other.is_object() || other.empty()) return std::nullopt;
  const auto first = other.begin();
  return MeasEvalLink{first.key(), first->is_string() ? first->get<std::string>() : first->dump()};
}

std::optional<std::string> measeval_unit(const MeasEvalRow& row) {
  const Json other = parse(row.other);
  if (row.type != "Quantity" || !other.is_object() || !other.contains("unit")) return std::nullopt;
  const Json& unit = other["unit"];
  std::string text = unit.is_string() ? unit.get<std::string>() : unit.dump();
  if (text.empty()) return std::nullopt;
  return text;
}

std::vector<std::optional<std::string>> measeval_modifiers(const MeasEvalRow& row) {
  const Json other = parse(row.other);
  if (row.type != "Quantity" || !other.is_object() || !other.contains("mods") || !other["mods"].is_array()) return {};
  std::vector<std::optional<std::string>> out;
  for (const Json& modifier : other["mods"])
    out.emplace_back(modifier.is_string() ? modifier.get<std::string>() : modifier.dump());
  if (out.empty()) out.emplace_back(std::nullopt);
  return out;
}

std::vector<MeasEvalRow> read_measeval_rows(std::string_view bytes, const std::string& file, Diagnostics& diagnostics) {
  std::vector<MeasEvalRow> rows;
  if (const auto bad = first_invalid_byte(bytes)) {
    diagnostics.error("not UTF-8", {file, line_of_byte(bytes, *bad)}, "save the file as UTF-8");
    return rows;
  }
  const std::vector<TableRow> table = read_table(bytes, '\t');
  if (table.empty()) {
    diagnostics.error("the file is empty", {file}, "write at least the line of column names");
    return rows;
  }
  const auto place = columns_of(table[0], file, diagnostics);
  if (!place) return rows;
  for (std::size_t r = 1; r < table.size(); ++r) {
    const Where where{file, table[r].line};
    const std::vector<TableField>& fields = table[r].fields;
    if (fields.size() > table[0].fields.size()) {
      diagnostics.error(concat(fields.size(), " fields where the header has ", table[0].fields.size()), where,
                        "separate columns by one tab");
      continue;
    }
    const auto value = [&](std::size_t c) {
      return (*place)[c] < fields.size() ? fields[(*place)[c]].text : std::string();
    };
    MeasEvalRow row{value(0), 0, value(2), 0, 0, value(5), value(6), value(7), file, table[r].line};
    if (is_missing_value(row.other)) row.other.clear();
    const bool numbers = read_number(value(1), "annotSet", where, diagnostics, row.set) &&
                         read_number(value(3), "startOffset", where, diagnostics, row.begin) &&
                         read_number(value(4), "endOffset", where, diagnostics, row.end);
    if (numbers) rows.push_back(std::move(row));
  }
  return rows;
}

void check_measeval_rows(const std::vector<MeasEvalRow>& rows, Diagnostics& diagnostics) {
  static const std::regex id_pattern("T?[0-9]*-?[0-9]+");
  std::map<std::tuple<std::string, long long, std::string>, int> seen;
  for (const MeasEvalRow& row : rows) {
    const Where where{row.file, row.line};
    if (row.document.empty()) diagnostics.error("no docId", where, "name the paragraph");
    const auto [first, fresh] = seen.emplace(std::tuple(row.document, row.set, row.id), row.line);
    if (!fresh) {
      diagnostics.error(concat("annotId '", row.id, "' of set ", row.set, " is also in line ", first->second), where,
                        "give each annotation of a set its own annotId");
    }
    if (!std::regex_match(row.id, id_pattern)) {
      diagnostics.error(concat("annotId '", row.id, "' is not of the form T1-1"), where, "rename it");
    }
    const bool known = row.type == "Quantity" || row.type == "MeasuredEntity" || row.type == "MeasuredProperty" ||
                       row.type == "Qualifier";
    if (!known) {
      diagnostics.error(concat("unknown annotType '", row.type, "'"), where,
                        "use Quantity, MeasuredEntity, MeasuredProperty or Qualifier");
    }
    const long long length = static_cast<long long>(count_code_points(row.text));
    if (row.end - row.begin != length) {
      diagnostics.error(concat("the text has ", length, " characters and the offsets span ", row.end - row.begin),
                        where, "correct the offsets or the text");
    }
    if (known) check_other(row, diagnostics);
  }
}

}  // namespace polyclinic
