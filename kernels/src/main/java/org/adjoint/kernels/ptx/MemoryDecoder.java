package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.MemoryAccess.Place;
import org.adjoint.kernels.ptx.MemoryAccess.Space;
import org.adjoint.kernels.ptx.Program.Slot;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Vector;

/** Decodes ld and st, and hands atomics, copies and mbarriers to their decoders. */
final class MemoryDecoder {
  private MemoryDecoder() {}

  static boolean decode(Operands d, Code i) {
    switch (i.opcode()) {
      case "ld", "ldu" -> load(d, i);
      case "st" -> store(d, i);
      case "atom", "red" -> Atomics.decode(d, i);
      case "cp" -> {
        if (i.has("bulk")) {
          BulkDecoder.decode(d, i);
        } else {
          AsyncDecoder.decode(d, i);
        }
      }
      case "mbarrier" -> MemoryBarrierDecoder.decode(d, i);
      // Fences order nothing that the simulator reorders; it has registers enough for all.
      case "membar", "fence", "setmaxnreg" -> d.emit(new Nothing());
      default -> {
        return false;
      }
    }
    return true;
  }

  /** An instruction that only keeps its place. */
  static final class Nothing extends Instruction {
    @Override
    void run(Warp w, int mask) {}
  }

  static Space space(Code i) {
    for (String modifier : i.modifiers()) {
      switch (modifier) {
        case "global" -> {
          return Space.GLOBAL;
        }
        case "shared", "shared::cta", "shared::cluster" -> {
          return Space.SHARED;
        }
        case "local" -> {
          return Space.LOCAL;
        }
        case "param" -> {
          return Space.PARAM;
        }
        case "const" -> {
          return Space.CONST;
        }
        default -> {}
      }
    }
    return Space.GENERIC;
  }

  private static List<Operand> elements(Code i, Operand operand) {
    int count = i.has("v2") ? 2 : i.has("v4") ? 4 : 1;
    if (count == 1) {
      return List.of(operand);
    }
    if (operand instanceof Vector(List<Operand> elements) && elements.size() == count) {
      return elements;
    }
    throw i.refuse("the operand of '" + i.text() + "'", "no vector", "expected " + count);
  }

  private static PtxType type(Code i) {
    if (i.types().size() != 1 || i.operands().size() != 2 || i.types().getFirst().bytes() == 0) {
      throw i.refuse("the instruction", i.text(), "expected a type and two operands");
    }
    PtxType type = i.types().getFirst();
    int width = type.bytes() * (i.has("v2") ? 2 : i.has("v4") ? 4 : 1);
    if (width > 16) {
      throw i.refuse("the vector", i.text(), "at most 16 bytes");
    }
    return type;
  }

  /** Returns whether the access may meet others: volatile, relaxed, acquire or release. */
  private static boolean strong(Code i) {
    return i.has("volatile") || i.has("relaxed") || i.has("acquire") || i.has("release");
  }

  private static void load(Operands d, Code i) {
    PtxType type = type(i);
    List<Operand> targets = elements(i, i.operands().get(0));
    Place place = d.place(i.operands().get(1), space(i));
    Slot[] slots = new Slot[targets.size()];
    for (int e = 0; e < slots.length; e++) {
      slots[e] = new Slot(type.bank(), d.out(targets.get(e), type, true), -1);
    }
    d.emit(new Loads.Load(place, type, slots, strong(i)));
  }

  private static void store(Operands d, Code i) {
    PtxType type = type(i);
    List<Operand> sources = elements(i, i.operands().get(1));
    Slot[] slots = new Slot[sources.size()];
    for (int e = 0; e < slots.length; e++) {
      slots[e] = new Slot(type.bank(), d.in(sources.get(e), type, true), -1);
    }
    Place place = d.place(i.operands().get(0), space(i));
    d.emit(new Loads.Store(place, type, slots, strong(i)));
  }
}
