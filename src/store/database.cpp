#include "store/database.h"

#include <sqlite3.h>

#include <chrono>
#include <thread>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {

namespace {
[[noreturn]] void fail(sqlite3* database, const std::string& file) {
  const int code = database == nullptr ? SQLITE_NOMEM : sqlite3_extended_errcode(database);
  const std::string words = database == nullptr ? "out of memory" : sqlite3_errmsg(database);
  if ((code & 0xFF) == SQLITE_NOTADB || (code & 0xFF) == SQLITE_CORRUPT) {
    throw InputError(concat("is no run store: ", words), {.file = file}, "move it away; the runs' folders stay usable");
  }
  throw FailedError(concat("run store: ", words), {.file = file});
}

constexpr std::chrono::milliseconds kPatience{30000};

// SQLite does not wait for the lock that this takes when two programs make the file at once.
void write_ahead(sqlite3* handle, const std::string& file) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    const int code = sqlite3_exec(handle, "PRAGMA journal_mode = WAL", nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return;
    if (code != SQLITE_BUSY || std::chrono::steady_clock::now() > deadline) fail(handle, file);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}
}  // namespace

Statement::Statement(sqlite3* database, std::string_view sql, std::string file)
    : database_(database), file_(std::move(file)) {
  if (sqlite3_prepare_v2(database_, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) != SQLITE_OK) {
    fail(database_, file_);
  }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(std::string_view text) {
  const int size = static_cast<int>(text.size());
  if (sqlite3_bind_text(statement_, ++parameter_, text.data(), size, SQLITE_TRANSIENT) != SQLITE_OK) {
    fail(database_, file_);
  }
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  if (sqlite3_bind_int64(statement_, ++parameter_, number) != SQLITE_OK) fail(database_, file_);
  return *this;
}

Statement& Statement::bind(double number) {
  if (sqlite3_bind_double(statement_, ++parameter_, number) != SQLITE_OK) fail(database_, file_);
  return *this;
}

Statement& Statement::bind(const std::optional<double>& number) {
  if (number) return bind(*number);
  if (sqlite3_bind_null(statement_, ++parameter_) != SQLITE_OK) fail(database_, file_);
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(database_, file_);
  return false;
}

std::string Statement::text(int column) const {
  const unsigned char* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return "";
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_, column); }
bool Statement::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

Database::Database(const std::filesystem::path& file) : file_(file.string()) {
  std::error_code code;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path(), code);
  if (code) throw FailedError(concat("cannot make the folder: ", code.message()), {.file = file_});
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
  try {
    if (sqlite3_open_v2(file_.c_str(), &handle_, flags, nullptr) != SQLITE_OK) fail(handle_, file_);
    sqlite3_busy_timeout(handle_, static_cast<int>(kPatience.count()));
    write_ahead(handle_, file_);
    run("PRAGMA synchronous = NORMAL");
    run("PRAGMA foreign_keys = ON");
  } catch (...) {
    sqlite3_close(handle_);
    throw;
  }
}

Database::~Database() { sqlite3_close(handle_); }

void Database::transaction(const std::function<void()>& work) const {
  run("BEGIN IMMEDIATE");
  try {
    work();
    run("COMMIT");
  } catch (...) {
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

}  // namespace polyclinic
