package org.adjoint.autograd.capture;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.KernelWork;
import org.jspecify.annotations.Nullable;

/** Drops what a program computes twice and what nobody needs. */
final class Cleaning {
  private Cleaning() {}

  /** What makes two calls give the same: the work, and the operands with what they then hold. */
  private record Same(
      Object work, int part, String roles, List<Object> operands, List<Object> results) {}

  /**
   * Computes once what has the same work and operands. Only results that are written once, as a
   * whole, are shared; draws and updates never are.
   *
   * @param outputs the program's results, whose buffers are replaced too
   * @param part the part of the step that a call belongs to; calls of two parts stay two
   */
  static List<Instruction> common(
      List<Instruction> all, Ref[] outputs, ToIntFunction<Instruction> part) {
    Map<Buffer, Integer> writes = new HashMap<>();
    for (Instruction i : all) {
      for (int t = 0; t < i.refs().length; t++) {
        if (i.writes(t)) {
          writes.merge(i.refs()[t].buffer(), 1, Integer::sum);
        }
      }
    }
    Map<Buffer, Buffer> replaced = new HashMap<>();
    Map<Buffer, Integer> versions = new HashMap<>();
    Map<Same, Instruction> known = new HashMap<>();
    List<Instruction> kept = new ArrayList<>();
    for (Instruction each : all) {
      Instruction i = replace(each, replaced);
      Same key = key(i, part.applyAsInt(i), versions, writes);
      Instruction first = key == null ? null : known.putIfAbsent(key, i);
      if (first == null) {
        kept.add(i);
      } else {
        for (int t = 0; t < i.refs().length; t++) {
          if (i.writes(t)) {
            replaced.put(i.refs()[t].buffer(), first.refs()[t].buffer());
          }
        }
      }
      for (int t = 0; t < i.refs().length; t++) {
        if (first == null && i.writes(t)) {
          versions.merge(i.refs()[t].buffer(), 1, Integer::sum);
        }
      }
    }
    for (int o = 0; o < outputs.length; o++) {
      outputs[o] = replace(outputs[o], replaced);
    }
    return kept;
  }

  private static @Nullable Same key(
      Instruction i, int part, Map<Buffer, Integer> versions, Map<Buffer, Integer> writes) {
    Object work =
        switch (i.work()) {
          case KernelWork.Map m -> m;
          case KernelWork.Reduce r -> r;
          case KernelWork.Call c -> List.of(c.family(), c.op(), c.settings());
          case KernelWork.Draw _, KernelWork.Update _ -> null;
        };
    if (work == null) {
      return null;
    }
    List<Object> operands = new ArrayList<>();
    List<Object> results = new ArrayList<>();
    for (int t = 0; t < i.refs().length; t++) {
      Ref ref = i.refs()[t];
      if (i.reads(t)) {
        operands.add(ref);
        operands.add(versions.getOrDefault(ref.buffer(), 0));
      }
      if (i.writes(t)) {
        if (!ref.buffer().isInside()
            || !ref.isWhole()
            || writes.getOrDefault(ref.buffer(), 0) != 1) {
          return null;
        }
        results.add(ref.buffer().dtype);
        results.add(ref.shape());
      }
    }
    return new Same(work, part, i.roles(), operands, results);
  }

  private static Instruction replace(Instruction i, Map<Buffer, Buffer> by) {
    Ref[] refs = i.refs().clone();
    for (int t = 0; t < refs.length; t++) {
      refs[t] = replace(refs[t], by);
    }
    return new Instruction(i.work(), i.roles(), refs, i.phase(), i.input(), i.calls());
  }

  private static Ref replace(Ref ref, Map<Buffer, Buffer> by) {
    Buffer other = by.get(ref.buffer());
    return other == null ? ref : new Ref(other, ref.layout());
  }

  /** Drops the operands that a formula is given but does not use. */
  static List<Instruction> pruned(List<Instruction> all) {
    List<Instruction> kept = new ArrayList<>();
    for (Instruction i : all) {
      kept.add(i.work() instanceof KernelWork.Map m ? pruned(i, m) : i);
    }
    return kept;
  }

  private static Instruction pruned(Instruction i, KernelWork.Map map) {
    List<Ref> refs = new ArrayList<>();
    List<Expr> by = new ArrayList<>();
    for (int t = 0; t < i.refs().length - 1; t++) {
      by.add(Expr.operand(refs.size()));
      if (map.f().uses(t)) {
        refs.add(i.refs()[t]);
      }
    }
    if (refs.size() == i.refs().length - 1) {
      return i;
    }
    refs.add(i.result());
    return new Instruction(
        new KernelWork.Map(map.op(), map.f().substitute(by), map.parameters()),
        "r".repeat(refs.size() - 1) + "w",
        refs.toArray(new Ref[0]),
        i.phase(),
        i.input(),
        i.calls());
  }

  /** Drops the calls whose results are neither outputs, nor outside, nor read by one that stays. */
  static List<Instruction> needed(List<Instruction> all, Ref[] outputs) {
    Set<Buffer> wanted = new HashSet<>();
    for (Ref o : outputs) {
      wanted.add(o.buffer());
    }
    List<Instruction> kept = new ArrayList<>();
    for (Instruction i : all.reversed()) {
      boolean needed = false;
      for (int t = 0; t < i.refs().length; t++) {
        Buffer b = i.refs()[t].buffer();
        needed |= i.writes(t) && (!b.isInside() || wanted.contains(b));
      }
      if (needed) {
        kept.add(i);
        for (int t = 0; t < i.refs().length; t++) {
          if (i.reads(t)) {
            wanted.add(i.refs()[t].buffer());
          }
        }
      }
    }
    Collections.reverse(kept);
    return kept;
  }
}
