#include <CLI/CLI.hpp>

#include <cstdio>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "text/tokenizer.h"
#include "text/utf8.h"

namespace polyclinic {
namespace {

struct Arguments {
  std::string tokenizer, text, file;
  bool has_text = false;
  bool json = false;
  bool no_special = false;
  bool plain = false;
  bool replace_invalid = false;
};

std::string read_input(const Arguments& arguments) {
  if (arguments.has_text) return arguments.text;
  if (!arguments.file.empty()) return read_file(arguments.file);
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

// The input as UTF-8: refused with the byte's offset, or with --replace-invalid mended with a word on it.
std::string read_text(const Arguments& arguments) {
  std::string text = read_input(arguments);
  const std::string name = arguments.has_text ? "--text" : arguments.file.empty() ? "standard input" : arguments.file;
  if (!arguments.replace_invalid) {
    if (const auto at = first_invalid_byte(text)) {
      throw InputError(concat("text is not UTF-8: byte ", *at, " is wrong"), {name},
                       "convert it to UTF-8, or pass --replace-invalid");
    }
    return text;
  }
  Replaced replaced = replace_invalid(text);
  if (replaced.replacements > 0) {
    std::fprintf(stderr, "note: %s: %zu invalid byte sequences became U+FFFD; offsets count the mended text\n",
                 name.c_str(), replaced.replacements);
  }
  return std::move(replaced.text);
}

// One line, whatever the bytes: control characters and lone bytes of a character are escaped.
std::string printable(std::string_view bytes) {
  const bool whole = !first_invalid_byte(bytes);
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !whole)) {
      char hex[5];
      std::snprintf(hex, sizeof hex, "\\x%02X", byte);
      out += hex;
    } else {
      out += c;
    }
  }
  return out;
}

void print_json(const Tokenizer& tokenizer, std::string_view text, const std::vector<Token>& tokens) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Token& token : tokens) {
    list.push_back({{"id", token.id},
                    {"token", tokenizer.id_to_token(token.id)},
                    {"begin", token.begin},
                    {"end", token.end},
                    {"text", printable(text.substr(token.begin, token.end - token.begin))}});
  }
  const nlohmann::ordered_json out = {{"bytes", text.size()}, {"count", tokens.size()}, {"tokens", std::move(list)}};
  std::printf("%s\n", out.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
}

void print_table(const Tokenizer& tokenizer, std::string_view text, const std::vector<Token>& tokens) {
  std::printf("%8s %8s %8s  %-20s %s\n", "id", "begin", "end", "token", "text");
  for (const Token& token : tokens) {
    std::string name = printable(tokenizer.id_to_token(token.id));
    const std::size_t width = count_code_points(name);
    if (width < 20) name.append(20 - width, ' ');
    std::printf("%8d %8zu %8zu  %s |%s|\n", token.id, token.begin, token.end, name.c_str(),
                printable(text.substr(token.begin, token.end - token.begin)).c_str());
  }
  std::printf("%zu tokens, %zu bytes\n", tokens.size(), text.size());
}

int run(const Arguments& arguments) {
  const Tokenizer tokenizer = Tokenizer::from_folder(arguments.tokenizer);
  const std::string text = read_text(arguments);
  const bool special = !arguments.no_special;
  const auto tokens = arguments.plain ? tokenizer.encode_plain(text, special) : tokenizer.encode(text, special);
  (arguments.json ? print_json : print_table)(tokenizer, text, tokens);
  return 0;
}

}  // namespace

std::function<int()> declare_tokenize(CLI::App& command) {
  const auto arguments = std::make_shared<Arguments>();
  command.add_option("--tokenizer", arguments->tokenizer, "model folder or tokenizer.json")->required();
  CLI::Option* text = command.add_option("--text", arguments->text, "the text itself");
  command.add_option("--file", arguments->file, "a file with the text; without --text and --file: standard input")
      ->excludes(text);
  command.add_flag("--json", arguments->json, "print JSON");
  command.add_flag("--no-special", arguments->no_special, "without the tokens that the model puts around a text");
  command.add_flag("--plain", arguments->plain, "special tokens inside the text are plain text");
  command.add_flag("--replace-invalid", arguments->replace_invalid, "replace bytes that are not UTF-8 by U+FFFD");
  return [arguments, text] {
    arguments->has_text = text->count() > 0;
    return run(*arguments);
  };
}

}  // namespace polyclinic
