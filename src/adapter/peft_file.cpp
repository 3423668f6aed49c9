#include "adapter/peft_file.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/concat.h"
#include "core/error.h"
#include "core/files.h"
#include "model/safetensors.h"

namespace polyclinic {
namespace {

// One linear's LoRA, B carrying the scale: delta W = b a.
struct Factors {
  at::Tensor a, b;
};

void refuse_fused(const AdapterPlan& plan) {
  if (plan.fused()) {
    throw InputError("an adapter with fusion has no single LoRA: its weights depend on the input", {},
                     "export a strategy without fusion (strategy.adapter.fusion: null)");
  }
}

Factors stacked(const AdapterSet& adapters, const Bank& bank, std::size_t part, const Route& route) {
  const ParameterStore& store = adapters.store();
  std::vector<at::Tensor> a, b;
  for (const std::size_t slot : route.slots) {
    const SlotParameters::Part& parameters = bank.parameters()[slot].parts[part];
    a.push_back(store.value(parameters.a));
    b.push_back(store.value(parameters.b) * adapters.plan().slots[slot].scale());
  }
  return {at::cat(a, 0), at::cat(b, 1)};
}

bool merged_kind(const Bank& bank) {
  const std::string& name = bank.parts().front().name;
  return name == "q_proj" || name == "k_proj" || name == "v_proj" || name == "gate_proj" || name == "up_proj";
}
std::string fused_name(const Bank& bank) {
  const std::string& name = bank.parts().front().name;
  return name == "gate_proj" || name == "up_proj" ? "gate_up_proj" : "qkv_proj";
}

// The parts of a merged linear as one LoRA over all its rows.
Factors block_diagonal(const AdapterSet& adapters, const Bank& bank, const Route& route) {
  std::vector<at::Tensor> a;
  std::vector<Factors> parts;
  std::int64_t rank = 0;
  for (std::size_t part = 0; part < bank.parts().size(); ++part) {
    parts.push_back(stacked(adapters, bank, part, route));
    a.push_back(parts.back().a);
    rank += a.back().size(0);
  }
  at::Tensor b = at::zeros({bank.rows(), rank}, parts.front().b.options());
  std::int64_t column = 0;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const PartRows& rows = bank.parts()[part].rows;
    const std::int64_t width = parts[part].a.size(0);
    b.narrow(0, rows.begin, rows.count).narrow(1, column, width).copy_(parts[part].b);
    column += width;
  }
  return {at::cat(a, 0), b};
}

// module path -> LoRA.
std::map<std::string, Factors> modules_of(const AdapterSet& adapters, const Route& route, bool fused) {
  std::map<std::string, Factors> out;
  for (const auto& bank : adapters.banks()) {
    if (fused && merged_kind(*bank)) {
      out[bank->path() + "." + fused_name(*bank)] = block_diagonal(adapters, *bank, route);
      continue;
    }
    for (std::size_t part = 0; part < bank->parts().size(); ++part) {
      out[bank->path() + "." + bank->parts()[part].name] = stacked(adapters, *bank, part, route);
    }
  }
  return out;
}

std::string peft_key(const std::string& module, const char* factor) {
  return concat("base_model.model.", module, ".", factor, ".weight");
}

// PEFT multiplies by lora_alpha / r of the module. `scale` is taken out of B again, so that an exported slot holds the
// very numbers that trained.
nlohmann::json config_of(const std::map<std::string, Factors>& modules, const AdapterPlan& plan, double scale,
                         const std::string& base_model) {
  std::set<std::string> targets;
  nlohmann::json ranks = nlohmann::json::object(), alphas = nlohmann::json::object();
  const std::int64_t rank = modules.begin()->second.a.size(0);
  for (const auto& [module, factors] : modules) {
    targets.insert(module.substr(module.rfind('.') + 1));
    if (factors.a.size(0) == rank) continue;
    ranks[module] = factors.a.size(0);
    alphas[module] = scale * static_cast<double>(factors.a.size(0));
  }
  return {{"peft_type", "LORA"},
          {"task_type", nullptr},
          {"base_model_name_or_path", base_model},
          {"r", rank},
          {"lora_alpha", scale * static_cast<double>(rank)},
          {"lora_dropout", plan.dropout},
          {"target_modules", targets},
          {"rank_pattern", ranks},
          {"alpha_pattern", alphas},
          {"bias", "none"},
          {"fan_in_fan_out", false},
          {"use_rslora", false},
          {"use_dora", false},
          {"inference_mode", true},
          {"init_lora_weights", true},
          {"modules_to_save", nullptr}};
}

class PeftFolder {
 public:
  explicit PeftFolder(const std::filesystem::path& folder)
      : file_(folder / "adapter_model.safetensors"), tensors_(read_safetensors(file_)) {
    const std::filesystem::path config = folder / "adapter_config.json";
    config_ = nlohmann::json::parse(read_file(config), nullptr, false);
    if (!config_.is_object() || !config_.contains("r") || !config_.contains("lora_alpha")) {
      throw InputError("no PEFT configuration with r and lora_alpha", {.file = config.string()});
    }
    if (config_.value("peft_type", std::string()) != "LORA" || config_.value("use_dora", false)) {
      throw InputError("only plain LoRA adapters can be read", {.file = config.string()});
    }
  }
  bool has(const std::string& module) const { return tensors_.count(peft_key(module, "lora_A")) > 0; }
  Factors take(const std::string& module) {
    Factors out{tensor(peft_key(module, "lora_A")), tensor(peft_key(module, "lora_B"))};
    if (out.a.dim() != 2 || out.b.dim() != 2 || out.a.size(0) != out.b.size(1)) {
      throw InputError("A and B do not fit each other", {.file = file_.string(), .key = module});
    }
    const auto rank = static_cast<double>(out.a.size(0));
    double alpha = config_["lora_alpha"].get<double>();
    const nlohmann::json patterns = config_.value("alpha_pattern", nlohmann::json::object());
    for (const auto& [pattern, value] : patterns.items()) {
      const bool suffix = module == pattern || (module.size() > pattern.size() && module.ends_with("." + pattern));
      if (suffix) alpha = value.get<double>();
    }
    out.b = out.b * (config_.value("use_rslora", false) ? alpha / std::sqrt(rank) : alpha / rank);
    return out;
  }
  void refuse_leftovers() const {
    if (tensors_.empty()) return;
    throw InputError("the adapter changes a linear that this run does not adapt",
                     {.file = file_.string(), .key = tensors_.begin()->first}, "add it to model.lora.target_modules");
  }
  const std::filesystem::path& file() const { return file_; }

 private:
  at::Tensor tensor(const std::string& key) {
    const auto found = tensors_.find(key);
    if (found == tensors_.end()) throw InputError("the adapter lacks a tensor", {.file = file_.string(), .key = key});
    at::Tensor out = found->second.to(at::kFloat);
    tensors_.erase(found);
    return out;
  }
  std::filesystem::path file_;
  std::map<std::string, at::Tensor> tensors_;
  nlohmann::json config_;
};

void fill(const AdapterSet& adapters, std::size_t slot, const SlotParameters::Part& part, const Factors& factors,
          const Where& where) {
  const at::Tensor a = adapters.store().value(part.a), b = adapters.store().value(part.b);
  if (a.sizes() != factors.a.sizes() || b.sizes() != factors.b.sizes()) {
    throw InputError(concat("the adapter has rank ", factors.a.size(0), ", slot ", adapters.plan().slots[slot].name,
                            " has rank ", part.rank, " (or other sizes)"),
                     where, "set the slot's rank to the adapter's");
  }
  a.copy_(factors.a);
  b.copy_(factors.b / adapters.plan().slots[slot].scale());
}

void fill_fused(const AdapterSet& adapters, std::size_t slot, const Bank& bank, const Factors& whole,
                const Where& where) {
  const std::vector<SlotParameters::Part>& parts = bank.parameters()[slot].parts;
  std::int64_t sum = 0, column = 0;
  for (const SlotParameters::Part& part : parts) sum += part.rank;
  if (whole.b.size(0) != bank.rows()) throw InputError("the adapter has other output sizes", where);
  const bool blocks = whole.a.size(0) == sum && parts.size() > 1;
  for (std::size_t p = 0; p < parts.size(); ++p) {
    const PartRows& rows = bank.parts()[p].rows;
    const at::Tensor b = whole.b.narrow(0, rows.begin, rows.count);
    if (!blocks) {
      fill(adapters, slot, parts[p], {whole.a, b}, where);
      continue;
    }
    const at::Tensor own = b.narrow(1, column, parts[p].rank);
    if (b.norm().item<double>() > own.norm().item<double>() * (1 + 1e-6)) {
      throw InputError("B is not block-diagonal, so its parts cannot be told apart", where);
    }
    fill(adapters, slot, parts[p], {whole.a.narrow(0, column, parts[p].rank), own}, where);
    column += parts[p].rank;
  }
}

}  // namespace

void export_peft(const AdapterSet& adapters, std::size_t route, const std::filesystem::path& folder,
                 const PeftExport& options) {
  refuse_fused(adapters.plan());
  const Route& slots = adapters.plan().routes.at(route);
  const double scale = adapters.plan().slots[slots.slots.front()].scale();
  const std::map<std::string, Factors> modules = modules_of(adapters, slots, options.fused_projections);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [module, factors] : modules) {
    tensors[peft_key(module, "lora_A")] = factors.a.to(at::kCPU, at::kFloat);
    tensors[peft_key(module, "lora_B")] = (factors.b / scale).to(at::kCPU, at::kFloat);
  }
  write_safetensors(folder / "adapter_model.safetensors", tensors, {{"format", "pt"}});
  write_file_atomic(folder / "adapter_config.json",
                    config_of(modules, adapters.plan(), scale, options.base_model).dump(2) + "\n");
}

void import_peft(const AdapterSet& adapters, std::size_t slot, const std::filesystem::path& folder) {
  PeftFolder peft(folder);
  for (const auto& bank : adapters.banks()) {
    const std::string whole = bank->path() + "." + fused_name(*bank);
    if (merged_kind(*bank) && peft.has(whole)) {
      fill_fused(adapters, slot, *bank, peft.take(whole), {.file = peft.file().string(), .key = whole});
      continue;
    }
    for (std::size_t part = 0; part < bank->parts().size(); ++part) {
      const std::string module = bank->path() + "." + bank->parts()[part].name;
      fill(adapters, slot, bank->parameters()[slot].parts[part], peft.take(module),
           {.file = peft.file().string(), .key = module});
    }
  }
  peft.refuse_leftovers();
  adapters.store().touch();
}

void merge_route(const AdapterSet& adapters, std::size_t route, std::map<std::string, at::Tensor>& weights) {
  refuse_fused(adapters.plan());
  for (const auto& bank : adapters.banks()) {
    for (std::size_t part = 0; part < bank->parts().size(); ++part) {
      const Factors factors = stacked(adapters, *bank, part, adapters.plan().routes.at(route));
      const at::Tensor delta = at::mm(factors.b, factors.a);
      const PartRows& rows = bank->parts()[part].rows;
      auto found = weights.find(concat(bank->path(), ".", bank->parts()[part].name, ".weight"));
      const bool whole = found == weights.end();
      if (whole) found = weights.find(concat(bank->path(), ".", fused_name(*bank), ".weight"));
      if (found == weights.end()) {
        throw FailedError(concat("no weight to merge ", bank->path(), ".", bank->parts()[part].name, " into"));
      }
      at::Tensor sum = found->second.to(at::kFloat, false, true);
      at::Tensor target = whole ? sum.narrow(0, rows.begin, rows.count) : sum;
      target.add_(delta.to(sum.device(), at::kFloat));
      found->second = sum.to(found->second.scalar_type());
    }
  }
}

}  // namespace polyclinic
