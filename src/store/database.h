#pragma once
// A thin owner of one SQLite connection and of its statements. FailedError names the file and SQLite's own words.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace polyclinic {

class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql, std::string file);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters in the order of their question marks.
  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  Statement& bind(double number);
  Statement& bind(const std::optional<double>& number);
  bool step();  // true: a row is there
  void run() {  // for statements without rows
    while (step()) {
    }
  }
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  double real(int column) const;
  bool is_null(int column) const;

 private:
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  std::string file_;
  int parameter_ = 0;
};

class Database {
 public:
  // Opens or makes the file in WAL mode with a busy timeout of 30 s.
  explicit Database(const std::filesystem::path& file);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Statement prepare(std::string_view sql) const { return Statement(handle_, sql, file_); }
  void run(std::string_view sql) const { prepare(sql).run(); }
  // BEGIN IMMEDIATE ... COMMIT; rolled back when `work` throws.
  void transaction(const std::function<void()>& work) const;
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  sqlite3* handle_ = nullptr;
};

}  // namespace polyclinic
