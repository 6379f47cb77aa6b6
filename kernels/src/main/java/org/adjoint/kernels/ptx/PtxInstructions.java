package org.adjoint.kernels.ptx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.kernels.ptx.PtxLexer.Kind;
import org.adjoint.kernels.ptx.PtxLexer.Token;
import org.adjoint.kernels.ptx.PtxSyntax.Address;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Discard;
import org.adjoint.kernels.ptx.PtxSyntax.Name;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Pair;
import org.adjoint.kernels.ptx.PtxSyntax.Register;
import org.adjoint.kernels.ptx.PtxSyntax.RegisterOperand;
import org.adjoint.kernels.ptx.PtxSyntax.Scope;
import org.adjoint.kernels.ptx.PtxSyntax.Special;
import org.adjoint.kernels.ptx.PtxSyntax.Symbol;
import org.adjoint.kernels.ptx.PtxSyntax.Vector;
import org.jspecify.annotations.Nullable;

/** Reads one instruction: guard, opcode and operands, with names looked up in their scope. */
final class PtxInstructions {
  private final PtxTokens tokens;
  private final Scope scope;
  private final StringBuilder text = new StringBuilder();

  /** Whether a parenthesis opens a list of arguments. */
  private boolean call;

  PtxInstructions(PtxTokens tokens, Scope scope) {
    this.tokens = tokens;
    this.scope = scope;
  }

  Code read() {
    text.setLength(0);
    PtxLine line = tokens.peek().line();
    @Nullable Register guard = null;
    boolean negated = false;
    if (tokens.take("@")) {
      negated = tokens.take("!");
      Token name = tokens.word("a predicate");
      guard = scope.register(name.text());
      if (guard == null || guard.type != PtxType.PRED) {
        throw new PtxException(
            name.line(), "the guard", name.text(), "expected a register declared .pred");
      }
      text.append('@').append(negated ? "!" : "").append(name.text()).append(' ');
    }
    Token opcode = tokens.word("an instruction");
    text.append(opcode.text());
    call = opcode.text().startsWith("call");
    String[] parts = opcode.text().split("\\.");
    List<Operand> operands = new ArrayList<>();
    if (!tokens.peek().is(";")) {
      text.append(' ');
      do {
        if (!operands.isEmpty()) {
          text.append(", ");
        }
        operands.add(operand());
      } while (tokens.take(","));
    }
    tokens.expect(";");
    return new Code(
        line,
        guard,
        negated,
        parts[0],
        Arrays.asList(parts).subList(1, parts.length),
        operands,
        text.append(';').toString());
  }

  private Operand operand() {
    Token token = tokens.peek();
    if (tokens.startsConstant() && !(call && token.is("("))) {
      Operand constant = tokens.constant();
      text.append(
          constant instanceof PtxSyntax.Immediate i && i.form() == PtxSyntax.Form.INTEGER
              ? Long.toString(i.bits())
              : token.text());
      return constant;
    }
    tokens.next();
    text.append(token.text());
    return switch (token.text()) {
      case "{" -> list("}");
      case "(" -> list(")");
      case "[" -> address();
      case "!" -> {
        Token name = tokens.word("a predicate");
        text.append(name.text());
        if (named(name) instanceof RegisterOperand(Register register, boolean negated)
            && register.type == PtxType.PRED) {
          yield new RegisterOperand(register, !negated);
        }
        throw new PtxException(name.line(), "the operand", name.text(), "expected a predicate");
      }
      default -> {
        if (token.kind() != Kind.WORD) {
          throw new PtxException(
              token.line(), "the operand", PtxTokens.quote(token), "expected a register …");
        }
        Operand first = named(token);
        if (tokens.take("|")) {
          Token second = tokens.word("a second result");
          text.append('|').append(second.text());
          yield new Pair(first, named(second));
        }
        if (first instanceof Symbol(PtxVariable variable, long zero)
            && (tokens.peek().is("+") || tokens.peek().is("-"))) {
          long offset = sum();
          yield new Symbol(variable, offset);
        }
        yield first;
      }
    };
  }

  private Operand list(String end) {
    List<Operand> elements = new ArrayList<>();
    if (!tokens.peek().is(end)) {
      do {
        if (!elements.isEmpty()) {
          text.append(", ");
        }
        elements.add(operand());
      } while (tokens.take(","));
    }
    tokens.expect(end);
    text.append(end);
    return new Vector(elements);
  }

  private Operand address() {
    @Nullable Operand base = null;
    long offset = 0;
    if (tokens.peek().kind() == Kind.WORD) {
      Token name = tokens.next();
      text.append(name.text());
      base = named(name);
      if (!(base instanceof RegisterOperand || base instanceof Symbol)) {
        throw new PtxException(
            name.line(), "the address", name.text(), "expected a register or variable");
      }
      offset = sum();
    } else {
      offset = tokens.integer();
      text.append(offset);
    }
    tokens.expect("]");
    text.append(']');
    return new Address(base, offset);
  }

  /** Reads {@code + 4 - 8 …}. */
  private long sum() {
    long offset = 0;
    if (tokens.take("+")) {
      offset = tokens.integer();
    } else if (tokens.peek().is("-")) {
      offset = tokens.integer();
    }
    if (offset != 0) {
      text.append(offset < 0 ? "" : "+").append(offset);
    }
    return offset;
  }

  private Operand named(Token token) {
    String name = token.text();
    if (name.equals("_")) {
      return new Discard();
    }
    Register register = scope.register(name);
    if (register != null) {
      return new RegisterOperand(register, false);
    }
    PtxVariable variable = scope.variable(name);
    if (variable != null) {
      return new Symbol(variable, 0);
    }
    if (SpecialRegister.known(name)) {
      return new Special(name);
    }
    if (name.startsWith("%")) {
      throw new PtxException(
          token.line(), "the register", name, "not declared; add .reg to this scope");
    }
    return new Name(name, scope);
  }
}
