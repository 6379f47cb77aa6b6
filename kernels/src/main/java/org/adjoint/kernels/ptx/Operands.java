package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.ptx.MemoryAccess.Place;
import org.adjoint.kernels.ptx.MemoryAccess.Space;
import org.adjoint.kernels.ptx.Program.Constant;
import org.adjoint.kernels.ptx.Program.NamedSlot;
import org.adjoint.kernels.ptx.Program.Slot;
import org.adjoint.kernels.ptx.Program.SpecialSlot;
import org.adjoint.kernels.ptx.Program.SymbolSlot;
import org.adjoint.kernels.ptx.PtxSyntax.Address;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Discard;
import org.adjoint.kernels.ptx.PtxSyntax.Immediate;
import org.adjoint.kernels.ptx.PtxSyntax.Label;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Register;
import org.adjoint.kernels.ptx.PtxSyntax.RegisterOperand;
import org.adjoint.kernels.ptx.PtxSyntax.Special;
import org.adjoint.kernels.ptx.PtxSyntax.Symbol;
import org.adjoint.kernels.ptx.PtxType.Bank;
import org.jspecify.annotations.Nullable;

/**
 * The operands of a kernel being decoded. Every operand, be it register, constant or special
 * register, becomes a slot of a bank; a register whose bank differs from the instruction's type (a
 * {@code .b32} in {@code fma.rn.f32}) is moved through a slot of the right bank.
 */
abstract class Operands {
  private final PtxEntry entry;
  private final int[] counts = new int[Bank.values().length];
  private final List<Constant> constants = new ArrayList<>();
  private final Map<String, Slot> constantSlots = new HashMap<>();
  private final List<SpecialSlot> specials = new ArrayList<>();
  private final Map<String, Slot> specialSlots = new HashMap<>();
  private final List<SymbolSlot> symbols = new ArrayList<>();
  private final IdentityHashMap<PtxVariable, Slot> symbolSlots = new IdentityHashMap<>();
  private final List<NamedSlot> registers = new ArrayList<>();
  private final IdentityHashMap<PtxVariable, Long> offsets = new IdentityHashMap<>();
  private final List<Integer> reads = new ArrayList<>();
  private final List<Integer> writes = new ArrayList<>();
  private final List<Runnable> after = new ArrayList<>();
  private @Nullable Code at;
  private int sharedBytes;
  private int localBytes;
  private int sites;

  /** What the body being decoded has: one frame for the kernel and one for each inlined call. */
  static final class Frame {
    final IdentityHashMap<Register, Slot> slots = new IdentityHashMap<>();
    final IdentityHashMap<PtxVariable, PtxVariable> aliases = new IdentityHashMap<>();
    final IdentityHashMap<Label, Integer> places = new IdentityHashMap<>();
    final IdentityHashMap<ControlFlow.Branch, Label> branches = new IdentityHashMap<>();
    final List<ControlFlow.Branch> returns = new ArrayList<>();
  }

  /** The body being decoded. */
  Frame frame = new Frame();

  Operands(PtxEntry entry) {
    this.entry = entry;
  }

  /** Adds an instruction of the machine, under the guard of the instruction of the text. */
  abstract void emit(Instruction instruction);

  /** Notes that the result depends on the order in which blocks run. */
  abstract void dependsOnOrder();

  void move(Bank bank, int target, int source) {
    emit(Moves.copy(bank, target, source));
  }

  PtxEntry entry() {
    return entry;
  }

  void at(Code instruction) {
    at = instruction;
  }

  Program program(Instruction[] code, boolean ordered) {
    return new Program(
        code,
        counts[Bank.INT.ordinal()],
        counts[Bank.LONG.ordinal()],
        counts[Bank.FLOAT.ordinal()],
        counts[Bank.DOUBLE.ordinal()],
        counts[Bank.PRED.ordinal()],
        registers.size(),
        List.copyOf(constants),
        List.copyOf(specials),
        List.copyOf(symbols),
        sharedBytes,
        localBytes,
        sites,
        ordered,
        List.copyOf(registers));
  }

  /** Gives static shared variables their places. */
  void layoutShared(List<PtxVariable> variables) {
    for (PtxVariable variable : variables) {
      if (variable.space().equals("shared") && !variable.dynamic()) {
        sharedBytes = align(sharedBytes, variable.align());
        offsets.put(variable, (long) sharedBytes);
        sharedBytes += variable.bytes();
      }
    }
  }

  /** Lets dynamic shared memory start behind all static memory. */
  void startDynamicShared() {
    sharedBytes = align(sharedBytes, 128);
  }

  /** Gives the variables of each thread their places: anew for each inlined call. */
  void layoutLocal(List<PtxVariable> variables) {
    for (PtxVariable variable : variables) {
      if (variable.space().equals("local") || variable.space().equals("param")) {
        localBytes = align(localBytes, variable.align());
        offsets.put(variable, (long) localBytes);
        localBytes += variable.bytes();
      }
    }
    localBytes = align(localBytes, 16);
  }

  private static int align(int value, int to) {
    return (value + to - 1) / to * to;
  }

  /** Runs the moves that results of the instruction at hand still need. */
  void finish() {
    List<Runnable> moves = List.copyOf(after);
    after.clear();
    moves.forEach(Runnable::run);
  }

  /** Tells an instruction which registers it reads and writes. */
  void touches(Instruction instruction) {
    instruction.reads = reads.stream().mapToInt(Integer::intValue).distinct().toArray();
    instruction.writes = writes.stream().mapToInt(Integer::intValue).distinct().toArray();
    reads.clear();
    writes.clear();
  }

  void noteWrite(Slot slot) {
    note(writes, slot);
  }

  Code here() {
    Code instruction = at;
    if (instruction == null) {
      throw new IllegalStateException("no instruction is being decoded");
    }
    return instruction;
  }

  Slot fresh(Bank bank) {
    return new Slot(bank, counts[bank.ordinal()]++, -1);
  }

  Slot slot(Register register) {
    return frame.slots.computeIfAbsent(
        register,
        r -> {
          Slot slot = new Slot(r.type.bank(), counts[r.type.bank().ordinal()]++, registers.size());
          registers.add(new NamedSlot(r.name, r.type, slot));
          return slot;
        });
  }

  private void note(List<Integer> list, Slot slot) {
    if (slot.id() >= 0) {
      list.add(slot.id());
    }
  }

  private void fits(Register register, PtxType type, boolean wider) {
    PtxType own = register.type;
    boolean size = own.bytes() == type.bytes() || (wider && own.bytes() > type.bytes());
    boolean kind =
        own.untyped() || type.untyped() || own.floating() == type.floating() || type.bytes() == 1;
    if (own == PtxType.PRED || type == PtxType.PRED ? own != type : !size || !kind) {
      throw here()
          .refuse(
              "the register " + register.name, "." + own, "'" + here().text() + "' takes ." + type);
    }
  }

  /** Returns the slot, in the type's bank, that holds a source operand. */
  int in(Operand operand, PtxType type) {
    return in(operand, type, false);
  }

  /**
   * As {@link #in(Operand, PtxType)}; with {@code wider}, a register may be wider than the type.
   */
  int in(Operand operand, PtxType type, boolean wider) {
    return switch (operand) {
      case RegisterOperand(Register register, boolean negated) -> {
        fits(register, type, wider);
        Slot slot = slot(register);
        note(reads, slot);
        if (negated) {
          int temporary = fresh(Bank.PRED).index();
          emit(new Lanewise.ToPredicate(temporary, w -> ~w.preds[slot.index()]));
          yield temporary;
        }
        int moved = Moves.between(this, slot.bank(), slot.index(), type.bank());
        yield type == PtxType.S16 ? Moves.signExtended(this, moved) : moved;
      }
      case Immediate immediate -> constant(immediate, type);
      case Special(String name) -> {
        int slot = special(name);
        yield type.bank() == Bank.LONG
            ? Moves.zeroExtended(this, slot)
            : Moves.between(this, Bank.INT, slot, type.bank());
      }
      case Symbol symbol -> {
        Place place = address(symbol, 0);
        int slot = Moves.plus(this, place.slot(), place.offset());
        yield type.bank() == Bank.LONG ? slot : Moves.lowHalf(this, slot);
      }
      default -> throw here().refuse("the operand of '" + here().text() + "'", "none", "a value");
    };
  }

  private int constant(Immediate value, PtxType type) {
    if (value.form() != PtxSyntax.Form.INTEGER && !type.floating() && !type.untyped()) {
      throw here().refuse("the constant", value.real(), "expected an integer");
    }
    boolean asBits = value.form() == PtxSyntax.Form.SINGLE && type.bytes() == 4;
    return switch (type.bank()) {
      case FLOAT ->
          constant(Bank.FLOAT, asBits ? value.bits() : Float.floatToRawIntBits(value.single()));
      case DOUBLE -> constant(Bank.DOUBLE, Double.doubleToRawLongBits(value.real()));
      case PRED -> constant(Bank.PRED, value.bits() == 0 ? 0 : -1);
      case LONG -> constant(Bank.LONG, value.bits());
      case INT -> {
        long bits =
            value.form() == PtxSyntax.Form.DOUBLE
                ? Float.floatToRawIntBits(value.single())
                : value.bits();
        yield constant(
            Bank.INT,
            type.bytes() >= 4 ? (int) bits : type.signed() ? (short) bits : bits & 0xFFFF);
      }
    };
  }

  /** Returns a slot that holds a constant. */
  int constant(Bank bank, long bits) {
    return constantSlots
        .computeIfAbsent(
            bank + ":" + bits,
            key -> {
              Slot slot = fresh(bank);
              constants.add(new Constant(slot, bits));
              return slot;
            })
        .index();
  }

  private int special(String name) {
    if (SpecialRegister.clock(name)) {
      int slot = fresh(Bank.INT).index();
      emit(new Lanewise.ToInt(slot, (w, d) -> java.util.Arrays.fill(d, (int) w.executed())));
      return slot;
    }
    return specialSlots
        .computeIfAbsent(
            name,
            n -> {
              Slot slot = fresh(Bank.INT);
              specials.add(new SpecialSlot(n, slot.index()));
              return slot;
            })
        .index();
  }

  /** Returns the slot, in the type's bank, that takes a result. */
  int out(Operand operand, PtxType type) {
    return out(operand, type, false);
  }

  /**
   * As {@link #out(Operand, PtxType)}; with {@code wider}, a register may be wider than the type.
   */
  int out(Operand operand, PtxType type, boolean wider) {
    if (operand instanceof Discard) {
      return fresh(type.bank()).index();
    }
    if (!(operand instanceof RegisterOperand(Register register, boolean negated)) || negated) {
      throw here().refuse("the result of '" + here().text() + "'", "no register", "expected one");
    }
    fits(register, type, wider);
    Slot slot = slot(register);
    int id = slot.id();
    boolean narrow = register.type.bytes() == 2;
    if (slot.bank() == type.bank() && !narrow) {
      note(writes, slot);
      return slot.index();
    }
    int temporary = fresh(type.bank()).index();
    after.add(
        () -> {
          writes.add(id);
          Moves.into(this, slot, narrow, type, temporary);
        });
    return temporary;
  }

  /** Returns the slot of a register in the type's bank, for an instruction that tracks its use. */
  Slot plain(Operand operand, PtxType type) {
    if (operand instanceof RegisterOperand(Register register, boolean negated)
        && register.type.bank() == type.bank()) {
      return slot(register);
    }
    throw here().refuse("the register of '" + here().text() + "'", "not ." + type, "declare it so");
  }

  /** Returns where a memory operand points. */
  Place place(Operand operand, Space space) {
    if (!(operand instanceof Address(Operand base, long offset))) {
      throw here().refuse("the operand of '" + here().text() + "'", "no address", "expected [a]");
    }
    if (base instanceof Symbol symbol) {
      Place place = address(symbol, offset);
      boolean fits = space == place.space() || space == Space.GENERIC;
      boolean local = space == Space.PARAM && place.space() == Space.LOCAL;
      if (!fits && !local) {
        throw here().refuse("the variable", symbol.variable().name(), "it is in " + place.space());
      }
      return place;
    }
    if (base instanceof RegisterOperand(Register register, boolean negated)) {
      boolean wide = register.type.bytes() == 8;
      if (!wide && register.type.bytes() != 4) {
        throw here().refuse("the address", register.name, "expected a register of 32 or 64 bits");
      }
      int slot = in(base, wide ? PtxType.B64 : PtxType.B32);
      return new Place(space, slot, wide, offset, sites++);
    }
    return new Place(space, constant(Bank.LONG, offset), true, 0, sites++);
  }

  private Place address(Symbol symbol, long offset) {
    PtxVariable variable = frame.aliases.getOrDefault(symbol.variable(), symbol.variable());
    long sum = symbol.offset() + offset;
    switch (variable.space()) {
      case "shared" -> {
        long start = offsets.getOrDefault(variable, -1L);
        return fixed(Space.SHARED, (start < 0 ? sharedBytes : start) + sum);
      }
      case "local", "param" -> {
        for (PtxParameter parameter : entry.parameters()) {
          if (parameter.name().equals(variable.name()) && !offsets.containsKey(variable)) {
            return fixed(Space.PARAM, parameter.offset() + sum);
          }
        }
        return fixed(Space.LOCAL, offsets.getOrDefault(variable, 0L) + sum);
      }
      default -> {
        Slot slot =
            symbolSlots.computeIfAbsent(
                variable,
                v -> {
                  Slot fresh = fresh(Bank.LONG);
                  symbols.add(new SymbolSlot(v, fresh.index()));
                  return fresh;
                });
        Space space = variable.space().equals("const") ? Space.CONST : Space.GLOBAL;
        return new Place(space, slot.index(), true, sum, sites++);
      }
    }
  }

  private Place fixed(Space space, long address) {
    return new Place(space, constant(Bank.LONG, address), true, 0, sites++);
  }
}
