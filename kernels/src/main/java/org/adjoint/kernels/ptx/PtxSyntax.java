package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the parser makes of a text: functions of labels and instructions with typed operands. */
final class PtxSyntax {
  private PtxSyntax() {}

  /** A declared register; two declarations of one name in two scopes are two registers. */
  static final class Register {
    final String name;
    final PtxType type;

    Register(String name, PtxType type) {
      this.name = name;
      this.type = type;
    }
  }

  /** An operand of an instruction. */
  sealed interface Operand {}

  /** A register; {@code negated} for the source predicate {@code !%p}. */
  record RegisterOperand(Register register, boolean negated) implements Operand {}

  /** How a constant is written. */
  enum Form {
    INTEGER,
    SINGLE,
    DOUBLE
  }

  /** A constant: an integer, the bits of a single (0f…), or a double's bits. */
  record Immediate(Form form, long bits) implements Operand {
    float single() {
      return switch (form) {
        case SINGLE -> Float.intBitsToFloat((int) bits);
        case DOUBLE -> (float) Double.longBitsToDouble(bits);
        case INTEGER -> bits;
      };
    }

    double real() {
      return switch (form) {
        case SINGLE -> Float.intBitsToFloat((int) bits);
        case DOUBLE -> Double.longBitsToDouble(bits);
        case INTEGER -> bits;
      };
    }
  }

  /** A variable's address, with a constant added. */
  record Symbol(PtxVariable variable, long offset) implements Operand {}

  /** {@code [base + offset]}; no base for a bare constant. */
  record Address(@Nullable Operand base, long offset) implements Operand {}

  /** {@code {a, b}}, or a parenthesised list of a call. */
  record Vector(List<Operand> elements) implements Operand {}

  /** {@code a|b}: two results. */
  record Pair(Operand first, Operand second) implements Operand {}

  /** A special register such as {@code %tid.x}. */
  record Special(String name) implements Operand {}

  /** The name of a label or function. */
  record Name(String name, Scope scope) implements Operand {}

  /** {@code _}: a result that nobody wants. */
  record Discard() implements Operand {}

  /** A statement of a body. */
  sealed interface Statement {}

  /** A place to branch to. */
  static final class Label implements Statement {
    final String name;

    Label(String name) {
      this.name = name;
    }
  }

  /** An instruction with its guard. */
  record Code(
      PtxLine line,
      @Nullable Register guard,
      boolean guardNegated,
      String opcode,
      List<String> modifiers,
      List<Operand> operands,
      String text)
      implements Statement {
    boolean has(String modifier) {
      return modifiers.contains(modifier);
    }

    /** Returns the types among the modifiers, in order. */
    List<PtxType> types() {
      List<PtxType> types = new ArrayList<>();
      for (String modifier : modifiers) {
        PtxType type = PtxType.named(modifier);
        if (type != null) {
          types.add(type);
        }
      }
      return types;
    }

    PtxException refuse(String what, Object value, String remedy) {
      return new PtxException(line, what, value, remedy);
    }
  }

  /** The names of a module, function or pair of braces. */
  static final class Scope {
    final @Nullable Scope parent;
    final Map<String, Register> registers = new HashMap<>();
    final Map<String, PtxVariable> variables = new HashMap<>();
    final Map<String, Label> labels = new HashMap<>();

    Scope(@Nullable Scope parent) {
      this.parent = parent;
    }

    @Nullable Register register(String name) {
      for (Scope s = this; s != null; s = s.parent) {
        Register register = s.registers.get(name);
        if (register != null) {
          return register;
        }
      }
      return null;
    }

    @Nullable PtxVariable variable(String name) {
      for (Scope s = this; s != null; s = s.parent) {
        PtxVariable variable = s.variables.get(name);
        if (variable != null) {
          return variable;
        }
      }
      return null;
    }

    @Nullable Label label(String name) {
      for (Scope s = this; s != null; s = s.parent) {
        Label label = s.labels.get(name);
        if (label != null) {
          return label;
        }
      }
      return null;
    }
  }

  /**
   * A function or entry.
   *
   * @param results what a function returns: registers or parameters
   * @param parameters what it takes, in order
   * @param variables the variables of its body
   */
  record Function(
      String name,
      boolean entry,
      List<Operand> results,
      List<Operand> parameters,
      List<Statement> body,
      List<PtxVariable> variables,
      List<Register> registers,
      int maxThreads,
      PtxLine line) {}
}
