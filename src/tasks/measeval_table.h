#pragma once
// MeasEval's TSV files (SemEval-2021 Task 8): one row an annotation, as pandas.read_csv(sep="\t") reads them.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/diagnostics.h"

namespace polyclinic {

struct TableField {
  std::string text;
  bool quoted = false;
};
struct TableRow {
  int line = 0;
  std::vector<TableField> fields;
};

// Rows of a delimited file by the rules of pandas' C parser: '"' quotes only at the start of a field and doubles inside
// it, CR, LF and CRLF end a row, empty lines are skipped.
std::vector<TableRow> read_table(std::string_view bytes, char delimiter);

// Values that pandas reads as missing ("", "NA", "nan", "null", ...).
bool is_missing_value(std::string_view text);

struct MeasEvalRow {
  std::string document;  // docId
  long long set = 0;     // annotSet
  std::string type;      // Quantity, MeasuredEntity, MeasuredProperty, Qualifier
  long long begin = 0, end = 0;
  std::string id;  // annotId, unique in its document and set
  std::string text;
  std::string other;  // JSON, or empty
  std::string file;
  int line = 0;
};

// The relation that a row states: first key and value of `other`.
struct MeasEvalLink {
  std::string name;  // HasQuantity, HasProperty, Qualifies
  std::string target;
};
std::optional<MeasEvalLink> measeval_link(const MeasEvalRow& row);

// `unit` of a Quantity; nothing when absent or empty.
std::optional<std::string> measeval_unit(const MeasEvalRow& row);
// `mods` of a Quantity. An empty list gives one nothing: pandas' explode() makes one row of it, which matches none.
std::vector<std::optional<std::string>> measeval_modifiers(const MeasEvalRow& row);

// Rows of one file. Header, number of columns and whole-number columns are checked; a row with a defect is left out.
std::vector<MeasEvalRow> read_measeval_rows(std::string_view bytes, const std::string& file, Diagnostics& diagnostics);

// The official script's validation of a submission's file: types, ids, unique keys, JSON by type, length of the text;
// also what makes the script stop later (a row without its relation).
void check_measeval_rows(const std::vector<MeasEvalRow>& rows, Diagnostics& diagnostics);

}  // namespace polyclinic
