#include "config/sweep.h"

#include <cmath>

#include "config/decimal.h"
#include "config/unicode.h"
#include "core/concat.h"

namespace polyclinic {
namespace detail {
void shuffle_scalars(std::vector<Scalar>& values);
void shuffle_values(std::vector<OverrideValue>& values);
}  // namespace detail

namespace {

constexpr std::size_t kMaxJobs = 1000000;

[[noreturn]] void too_many() {
  throw InputError("the sweep has more than a million elements", {}, "sweep over fewer values");
}

std::string escaped(const std::string& text) {
  constexpr std::string_view special = "\\()[]{}:=, \t";
  std::string out;
  for (char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string requoted(const std::string& text, char quote) {
  std::string out(1, quote);
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t run = i;
    while (i < text.size() && text[i] == '\\') ++i;
    const bool before_quote = i == text.size() || text[i] == quote;
    out.append((i - run) * (before_quote ? 2 : 1), '\\');
    if (i == text.size()) break;
    if (text[i] == quote) out += '\\';
    out += text[i++];
  }
  return out + quote;
}

std::string scalar_text(const Scalar& s) {
  if (s.is_null()) return "null";
  return s.is_text() ? escaped(s.text) : python_str(s);
}

std::int64_t whole(const Scalar& s) { return s.kind == Scalar::Kind::boolean ? s.boolean : s.integer; }

}  // namespace

std::vector<Scalar> detail::range_values(const OverrideValue& range) {
  std::vector<Scalar> out;
  const auto is_real = [](const Scalar& s) { return s.kind == Scalar::Kind::real; };
  if (!is_real(range.start) && !is_real(range.stop) && !is_real(range.step)) {
    const std::int64_t start = whole(range.start), stop = whole(range.stop), step = whole(range.step);
    if (step == 0) throw InputError("range() with step 0 has no end", {}, "give a step");
    if (!(range.start.text + range.stop.text + range.step.text).empty()) {
      throw InputError("range() over integers of more than 64 bits", {}, "write the values out");
    }
    for (std::int64_t at = start; step > 0 ? at < stop : at > stop;) {
      out.push_back(Scalar::of_integer(at));
      if (out.size() > kMaxJobs) too_many();
      if (__builtin_add_overflow(at, step, &at)) break;
    }
    return out;
  }
  for (const Scalar& s : {range.start, range.stop, range.step}) {
    if (!std::isfinite(s.as_real())) throw InputError("range() over inf or nan", {}, "give finite numbers");
  }
  // Hydra 1.3 adds the exact decimal expansion of the step, so that 0.3 becomes 0.30000000000000004 late and not soon.
  Decimal at(range.start.as_real());
  const Decimal stop(range.stop.as_real()), step(range.step.as_real());
  if (step.sign() == 0) throw InputError("range() with step 0 has no end", {}, "give a step");
  while (step.sign() > 0 ? at.less_than(stop) : stop.less_than(at)) {
    out.push_back(Scalar::of_real(at.to_double()));
    at = at.plus(step);
    if (out.size() > kMaxJobs) too_many();
  }
  return out;
}

namespace {

// Where the set that opens at `open` closes; npos for a lone bracket.
std::size_t end_of_set(std::u32string_view pattern, std::size_t open) {
  return pattern.find(U']', open + (pattern.substr(open + 1, 1) == U"!" ? 3 : 2));
}

bool in_set(std::u32string_view set, char32_t c) {
  const bool negated = set[0] == U'!';
  if (negated) set.remove_prefix(1);
  bool hit = false;
  for (std::size_t i = 0; i < set.size(); ++i) {
    const bool range = i + 2 < set.size() && set[i + 1] == U'-';
    hit = hit || (range ? c >= set[i] && c <= set[i + 2] : c == set[i]);
    if (range) i += 2;
  }
  return hit != negated;
}

// The length of the part of the pattern at `at` that takes one character c; 0 when it does not take it.
std::size_t taken(std::u32string_view pattern, std::size_t at, char32_t c) {
  if (at >= pattern.size()) return 0;
  if (pattern[at] == U'[') {
    const std::size_t close = end_of_set(pattern, at);
    if (close != std::u32string_view::npos) {
      return in_set(pattern.substr(at + 1, close - at - 1), c) ? close + 1 - at : 0;
    }
  }
  return pattern[at] == U'?' || pattern[at] == c ? 1 : 0;
}

}  // namespace

// Python's fnmatch: * ? [abc] [!abc]; the whole name. Only the last * is ever tried again.
bool detail::glob_matches(std::string_view pattern_text, std::string_view name_text) {
  const std::u32string pattern = code_points(pattern_text), name = code_points(name_text);
  constexpr std::size_t none = std::u32string::npos;
  std::size_t p = 0, star = none, from = 0;
  for (std::size_t i = 0; i < name.size();) {
    if (p < pattern.size() && pattern[p] == U'*') {
      star = p++;
      from = i;
    } else if (const std::size_t length = taken(pattern, p, name[i])) {
      p += length;
      ++i;
    } else if (star != none) {
      p = star + 1;
      i = ++from;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of(U'*', p) == none;
}

std::string value_text(const OverrideValue& value) {
  switch (value.kind) {
    case OverrideValue::Kind::scalar:
      return scalar_text(value.scalar);
    case OverrideValue::Kind::quoted:
      return requoted(value.scalar.text, value.quote);
    case OverrideValue::Kind::list:
    case OverrideValue::Kind::dict: {
      const bool dict = value.kind == OverrideValue::Kind::dict;
      std::string out = dict ? "{" : "[";
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        if (i > 0) out += dict && i % 2 == 1 ? ":" : ",";
        out += value_text(value.items[i]);
      }
      return out + (dict ? "}" : "]");
    }
    case OverrideValue::Kind::choice:
    case OverrideValue::Kind::range:
    case OverrideValue::Kind::interval:
    case OverrideValue::Kind::glob:
      break;
  }
  throw InputError("a sweep inside a value cannot be expanded", {}, "sweep over the whole value");
}

std::vector<std::string> sweep_texts(const Override& override, const std::vector<std::string>& options) {
  const OverrideValue& value = *override.value;
  std::vector<std::string> out;
  if (value.kind == OverrideValue::Kind::choice) {
    std::vector<OverrideValue> items = value.items;
    if (value.shuffle) detail::shuffle_values(items);
    for (const OverrideValue& item : items) out.push_back(value_text(item));
  } else if (value.kind == OverrideValue::Kind::range) {
    std::vector<Scalar> values = detail::range_values(value);
    if (value.shuffle) detail::shuffle_scalars(values);
    for (const Scalar& s : values) out.push_back(scalar_text(s));
  } else if (value.kind == OverrideValue::Kind::glob) {
    const auto any = [](const std::vector<std::string>& patterns, const std::string& name) {
      for (const std::string& p : patterns) {
        if (detail::glob_matches(p, name)) return true;
      }
      return false;
    };
    for (const std::string& name : options) {
      if (any(value.include, name) && !any(value.exclude, name)) out.push_back(name);
    }
  } else {
    throw InputError(concat("`", override.line, "`: an interval has no list of values"), {}, "use choice() or range()");
  }
  return out;
}

std::vector<std::vector<std::string>> expand_sweeps(const std::vector<Override>& overrides,
                                                    const GroupOptions& options) {
  std::vector<std::pair<std::string, std::vector<std::string>>> factors;
  for (const Override& override : overrides) {
    const std::string key = override.key_element();
    std::vector<std::string> lines;
    if (override.is_sweep()) {
      const bool glob = override.value->kind == OverrideValue::Kind::glob;
      for (const std::string& text : sweep_texts(override, glob ? options(override.key) : std::vector<std::string>())) {
        lines.push_back(concat(key, "=", text));
      }
    } else {
      lines.push_back(key + "=" + (override.value ? value_text(*override.value) : "null"));
    }
    bool replaced = false;
    for (auto& [name, old] : factors) {
      if (name == key) {
        old = lines;
        replaced = true;
      }
    }
    if (!replaced) factors.emplace_back(key, std::move(lines));
  }
  std::vector<std::vector<std::string>> jobs = {{}};
  for (const auto& [key, lines] : factors) {
    std::vector<std::vector<std::string>> next;
    if (jobs.size() * lines.size() > kMaxJobs) too_many();
    for (const auto& job : jobs) {
      for (const std::string& line : lines) {
        next.push_back(job);
        next.back().push_back(line);
      }
    }
    jobs = std::move(next);
  }
  return jobs;
}

}  // namespace polyclinic
