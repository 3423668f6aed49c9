#include "model/pickle_program.h"

#include <array>
#include <bit>
#include <cstring>
#include <optional>
#include <unordered_map>
#include <utility>

#include "core/concat.h"
#include "core/error.h"

namespace polyclinic {
namespace {

using std::filesystem::path;

constexpr std::size_t value_limit = 4'000'000;

constexpr std::array<std::pair<std::string_view, at::ScalarType>, 9> storage_types = {{
    {"torch.FloatStorage", at::kFloat},
    {"torch.HalfStorage", at::kHalf},
    {"torch.BFloat16Storage", at::kBFloat16},
    {"torch.DoubleStorage", at::kDouble},
    {"torch.LongStorage", at::kLong},
    {"torch.IntStorage", at::kInt},
    {"torch.ShortStorage", at::kShort},
    {"torch.ByteStorage", at::kByte},
    {"torch.BoolStorage", at::kBool},
}};

constexpr std::array<std::string_view, 3> callables = {"collections.OrderedDict", "torch._utils._rebuild_tensor_v2",
                                                       "torch._utils._rebuild_parameter"};

std::optional<at::ScalarType> storage_type(std::string_view name) {
  for (const auto& [text, type] : storage_types) {
    if (text == name) return type;
  }
  return std::nullopt;
}

enum class Kind : std::uint8_t { none, boolean, integer, real, text, tuple, list, dict, global, storage, tensor };

constexpr std::array<std::string_view, 11> kind_names = {"None",     "a boolean", "a number", "a number",
                                                         "a string", "a tuple",   "a list",   "a dict",
                                                         "a global", "a storage", "a tensor"};

using Index = std::uint32_t;

// Values lie in one vector and name each other by index: no recursion, and cycles cannot leak.
struct Value {
  Kind kind = Kind::none;
  std::int64_t integer = 0;  // also: dtype of a storage, number of a tensor
  std::string text;          // also: name of a global, key of a storage
  std::vector<Index> items;  // dict: key, value, key, value, ...
};

class Interpreter {
 public:
  Interpreter(std::string_view program, const path& file) : program_(program), file_(file) {}

  std::map<std::string, PickledTensor> run() {
    while (!stopped_) step(static_cast<std::uint8_t>(take(1)[0]));
    return result(pop());
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw InputError(concat("pickle at byte ", opcode_at_, ": ", what), {.file = file_.string()},
                     "only plain state dicts are read; take the model's safetensors files");
  }

  std::string_view take(std::size_t count) {
    if (count > program_.size() - at_) refuse("ends too early");
    const std::string_view out = program_.substr(at_, count);
    at_ += count;
    return out;
  }
  template <typename T>
  T little() {
    T value = 0;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view line() {
    const std::size_t end = program_.find('\n', at_);
    if (end == std::string_view::npos) refuse("ends too early");
    const std::string_view out = program_.substr(at_, end - at_);
    at_ = end + 1;
    return out;
  }

  Index add(Value value) {
    if (values_.size() >= value_limit) refuse("holds too many values");
    values_.push_back(std::move(value));
    return static_cast<Index>(values_.size() - 1);
  }
  void push(Value value) { stack_.push_back(add(std::move(value))); }
  Index pop() {
    if (stack_.empty() || (!marks_.empty() && stack_.size() <= marks_.back())) refuse("takes from an empty stack");
    const Index top = stack_.back();
    stack_.pop_back();
    return top;
  }
  Value& top(Kind kind) {
    const Index index = pop();
    stack_.push_back(index);
    return checked(index, kind);
  }
  Value& checked(Index index, Kind kind) {
    Value& value = values_[index];
    if (value.kind != kind) {
      refuse(concat("has ", kind_names[static_cast<std::size_t>(value.kind)], " where ",
                    kind_names[static_cast<std::size_t>(kind)], " belongs"));
    }
    return value;
  }
  std::vector<Index> pop_to_mark() {
    if (marks_.empty()) refuse("has no mark");
    const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<Index> out(from, stack_.end());
    stack_.erase(from, stack_.end());
    marks_.pop_back();
    return out;
  }

  void step(std::uint8_t opcode) {
    opcode_at_ = at_ - 1;
    if (step_scalar(opcode) || step_container(opcode) || step_memo(opcode)) return;
    switch (opcode) {
      case 0x80:  // PROTO
        if (const auto version = little<std::uint8_t>(); version < 2 || version > 5) refuse("unknown pickle protocol");
        return;
      case 0x95:
        take(8);
        return;    // FRAME
      case 'c': {  // GLOBAL
        const std::string_view module = line();
        push_global(concat(module, ".", line()));
        return;
      }
      case 0x93: {  // STACK_GLOBAL
        const std::string name = checked(pop(), Kind::text).text;
        const std::string module = checked(pop(), Kind::text).text;
        push_global(concat(module, ".", name));
        return;
      }
      case 'Q':
        push_storage(checked(pop(), Kind::tuple).items);
        return;  // BINPERSID
      case 'R':
        reduce();
        return;  // REDUCE
      case 'b':  // BUILD: the _metadata of a state dict
        checked(pop(), Kind::dict);
        top(Kind::dict);
        return;
      case '.':
        stopped_ = true;
        return;
      default:
        refuse(concat("opcode ", static_cast<int>(opcode), " is not allowed in a weight file"));
    }
  }

  bool step_scalar(std::uint8_t opcode) {
    switch (opcode) {
      case 'N':
        push({});
        return true;
      case 0x88:
        push({.kind = Kind::boolean, .integer = 1});
        return true;
      case 0x89:
        push({.kind = Kind::boolean});
        return true;
      case 'J':
        push({.kind = Kind::integer, .integer = little<std::int32_t>()});
        return true;
      case 'K':
        push({.kind = Kind::integer, .integer = little<std::uint8_t>()});
        return true;
      case 'M':
        push({.kind = Kind::integer, .integer = little<std::uint16_t>()});
        return true;
      case 0x8a:
        push({.kind = Kind::integer, .integer = long_integer()});
        return true;
      case 'G':
        take(8);
        push({.kind = Kind::real});
        return true;
      case 'X':
        push_text(little<std::uint32_t>());
        return true;
      case 0x8c:
        push_text(little<std::uint8_t>());
        return true;
      default:
        return false;
    }
  }

  bool step_container(std::uint8_t opcode) {
    switch (opcode) {
      case '}':
        push({.kind = Kind::dict});
        return true;
      case ']':
        push({.kind = Kind::list});
        return true;
      case ')':
        push({.kind = Kind::tuple});
        return true;
      case '(':
        marks_.push_back(stack_.size());
        return true;
      case 't':
        push({.kind = Kind::tuple, .items = pop_to_mark()});
        return true;
      case 0x85:
      case 0x86:
      case 0x87:
        push_tuple(opcode - 0x84U);
        return true;
      case 's':
        set_items({}, true);
        return true;
      case 'u':
        set_items(pop_to_mark(), false);
        return true;
      case 'a': {
        const Index item = pop();
        top(Kind::list).items.push_back(item);
        return true;
      }
      case 'e': {
        const std::vector<Index> items = pop_to_mark();
        std::vector<Index>& list = top(Kind::list).items;
        list.insert(list.end(), items.begin(), items.end());
        return true;
      }
      default:
        return false;
    }
  }

  bool step_memo(std::uint8_t opcode) {
    switch (opcode) {
      case 'q':
        remember(little<std::uint8_t>());
        return true;
      case 'r':
        remember(little<std::uint32_t>());
        return true;
      case 0x94:
        remember(memo_.size());
        return true;  // MEMOIZE
      case 'h':
        recall(little<std::uint8_t>());
        return true;
      case 'j':
        recall(little<std::uint32_t>());
        return true;
      default:
        return false;
    }
  }

  void remember(std::size_t key) {
    const Index index = pop();
    stack_.push_back(index);
    memo_[key] = index;
  }
  void recall(std::size_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) refuse("recalls what was never remembered");
    stack_.push_back(found->second);
  }

  std::int64_t long_integer() {
    const std::string_view bytes = take(little<std::uint8_t>());
    if (bytes.size() > 8) refuse("whole number has more than 64 bits");
    std::uint64_t value = !bytes.empty() && (static_cast<std::uint8_t>(bytes.back()) & 0x80U) != 0 ? ~0ULL : 0;
    std::memcpy(&value, bytes.data(), bytes.size());
    return std::bit_cast<std::int64_t>(value);
  }
  void push_text(std::size_t size) { push({.kind = Kind::text, .text = std::string(take(size))}); }
  void push_tuple(std::size_t size) {
    std::vector<Index> items(size);
    for (std::size_t i = size; i > 0; --i) items[i - 1] = pop();
    push({.kind = Kind::tuple, .items = std::move(items)});
  }
  void set_items(std::vector<Index> items, bool single) {
    if (single) {
      items.resize(2);
      items[1] = pop();
      items[0] = pop();
    }
    if (items.size() % 2 != 0) refuse("dict has a key without a value");
    std::vector<Index>& dict = top(Kind::dict).items;
    dict.insert(dict.end(), items.begin(), items.end());
  }

  void push_global(const std::string& name) {
    bool allowed = storage_type(name).has_value();
    for (const std::string_view callable : callables) allowed = allowed || callable == name;
    if (!allowed) refuse(concat("asks for ", name, ", which a weight file has no need of"));
    push({.kind = Kind::global, .text = name});
  }

  // ("storage", torch.FloatStorage, key, device, elements)
  void push_storage(const std::vector<Index> items) {
    if (items.size() != 5 || checked(items[0], Kind::text).text != "storage") refuse("unknown persistent object");
    const auto type = storage_type(checked(items[1], Kind::global).text);
    if (!type) refuse("storage of an unknown type");
    const std::int64_t count = checked(items[4], Kind::integer).integer;
    if (count < 0) refuse("storage has a negative size");
    const Index size = add({.kind = Kind::integer, .integer = count});
    push({.kind = Kind::storage,
          .integer = static_cast<std::int64_t>(*type),
          .text = checked(items[2], Kind::text).text,
          .items = {size}});
  }

  void reduce() {
    const std::vector<Index> arguments = checked(pop(), Kind::tuple).items;
    const std::string name = checked(pop(), Kind::global).text;
    if (name == "collections.OrderedDict") {
      if (!arguments.empty()) refuse("OrderedDict with arguments");
      push({.kind = Kind::dict});
    } else if (name == "torch._utils._rebuild_tensor_v2") {
      if (arguments.size() < 6) refuse("_rebuild_tensor_v2 has too few arguments");
      push_tensor(arguments);
    } else if (name == "torch._utils._rebuild_parameter") {
      if (arguments.empty()) refuse("_rebuild_parameter has no argument");
      checked(arguments[0], Kind::tensor);
      stack_.push_back(arguments[0]);
    } else {
      refuse(concat("calls ", name));
    }
  }

  std::vector<std::int64_t> sizes(Index index) {
    std::vector<std::int64_t> out;
    for (const Index item : checked(index, Kind::tuple).items) {
      out.push_back(checked(item, Kind::integer).integer);
      if (out.back() < 0) refuse("negative size or stride");
    }
    return out;
  }

  void push_tensor(const std::vector<Index>& arguments) {
    const Value& storage = checked(arguments[0], Kind::storage);
    PickledTensor tensor;
    tensor.dtype = static_cast<at::ScalarType>(storage.integer);
    tensor.storage = storage.text;
    tensor.storage_count = values_[storage.items[0]].integer;
    tensor.offset = checked(arguments[1], Kind::integer).integer;
    tensor.shape = sizes(arguments[2]);
    tensor.strides = sizes(arguments[3]);
    check_bounds(tensor);
    tensors_.push_back(std::move(tensor));
    push({.kind = Kind::tensor, .integer = static_cast<std::int64_t>(tensors_.size() - 1)});
  }

  void check_bounds(const PickledTensor& tensor) const {
    if (tensor.shape.size() != tensor.strides.size() || tensor.shape.size() > 8) refuse("shape and strides disagree");
    if (tensor.offset < 0) refuse("negative storage offset");
    std::int64_t last = tensor.offset;
    bool empty = false;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
      std::int64_t reach = 0;
      empty = empty || tensor.shape[i] == 0;
      if (__builtin_mul_overflow(std::max<std::int64_t>(tensor.shape[i] - 1, 0), tensor.strides[i], &reach) ||
          __builtin_add_overflow(last, reach, &last)) {
        refuse("tensor reaches outside its storage");
      }
    }
    if (!empty && last >= tensor.storage_count) refuse("tensor reaches outside its storage");
  }

  std::map<std::string, PickledTensor> result(Index index) {
    std::map<std::string, PickledTensor> out;
    const std::vector<Index> items = checked(index, Kind::dict).items;
    for (std::size_t i = 0; i < items.size(); i += 2) {
      const std::string& name = checked(items[i], Kind::text).text;
      const Value& value = values_[items[i + 1]];
      if (value.kind != Kind::tensor) {
        throw InputError(concat("is ", kind_names[static_cast<std::size_t>(value.kind)], ", not a tensor"),
                         {.file = file_.string(), .key = name}, "only plain state dicts are read");
      }
      if (!out.emplace(name, tensors_[static_cast<std::size_t>(value.integer)]).second) {
        throw InputError("stands twice", {.file = file_.string(), .key = name});
      }
    }
    return out;
  }

  std::string_view program_;
  const path& file_;
  std::size_t at_ = 0;
  std::size_t opcode_at_ = 0;
  bool stopped_ = false;
  std::vector<Value> values_;
  std::vector<Index> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::size_t, Index> memo_;
  std::vector<PickledTensor> tensors_;
};

}  // namespace

std::map<std::string, PickledTensor> run_pickle(std::string_view program, const path& file) {
  return Interpreter(program, file).run();
}

}  // namespace polyclinic
