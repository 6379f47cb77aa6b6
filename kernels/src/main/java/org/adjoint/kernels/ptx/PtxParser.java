package org.adjoint.kernels.ptx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.ptx.PtxLexer.Kind;
import org.adjoint.kernels.ptx.PtxLexer.Token;
import org.adjoint.kernels.ptx.PtxSyntax.Function;
import org.adjoint.kernels.ptx.PtxSyntax.Immediate;
import org.adjoint.kernels.ptx.PtxSyntax.Label;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Register;
import org.adjoint.kernels.ptx.PtxSyntax.RegisterOperand;
import org.adjoint.kernels.ptx.PtxSyntax.Scope;
import org.adjoint.kernels.ptx.PtxSyntax.Statement;
import org.adjoint.kernels.ptx.PtxSyntax.Symbol;
import org.jspecify.annotations.Nullable;

/** Reads the directives of a module: version, target, variables, functions and their registers. */
final class PtxParser {
  private final PtxTokens tokens;
  private final Scope module = new Scope(null);
  private final Map<String, Function> functions = new LinkedHashMap<>();
  private final List<PtxVariable> variables = new ArrayList<>();
  private String version = "";
  private String target = "";

  /** What the function being read has declared. */
  private List<Statement> body = new ArrayList<>();

  private List<PtxVariable> locals = new ArrayList<>();
  private List<Register> registers = new ArrayList<>();

  private PtxParser(PtxTokens tokens) {
    this.tokens = tokens;
  }

  static PtxModule parse(PtxSource source) {
    PtxParser parser = new PtxParser(new PtxTokens(PtxLexer.tokens(source)));
    parser.module();
    return new PtxModule(source, parser.version, parser.target, parser.functions, parser.variables);
  }

  private void module() {
    while (tokens.peek().kind() != Kind.END) {
      Token token = tokens.next();
      switch (token.text()) {
        case ".version" -> version = tokens.next().text();
        case ".target" -> {
          target = tokens.word("an architecture").text();
          while (tokens.take(",")) {
            tokens.word("an option");
          }
        }
        case ".address_size" -> {
          long bits = tokens.integer();
          if (bits != 64) {
            throw new PtxException(token.line(), "the address size", bits, "expected 64");
          }
        }
        case ".visible", ".weak", ".extern" -> {}
        case ".pragma" -> skipStatement();
        case ".global", ".const", ".shared" ->
            variables.addAll(variables(token.text().substring(1), module));
        case ".entry" -> function(token, true);
        case ".func" -> function(token, false);
        default ->
            throw new PtxException(
                token.line(), "the directive", PtxTokens.quote(token), "not known here");
      }
    }
    if (version.isEmpty() || target.isEmpty()) {
      throw new PtxException(
          tokens.peek().line(),
          "the header",
          "incomplete",
          "a module starts with .version 7.0, .target sm_70 and .address_size 64");
    }
  }

  private void skipStatement() {
    while (!tokens.peek().is(";") && tokens.peek().kind() != Kind.END) {
      tokens.next();
    }
    tokens.expect(";");
  }

  private void function(Token start, boolean entry) {
    Scope scope = new Scope(module);
    body = new ArrayList<>();
    locals = new ArrayList<>();
    registers = new ArrayList<>();
    List<Operand> results = !entry && tokens.peek().is("(") ? parameters(scope, entry) : List.of();
    Token name = tokens.word("a name");
    List<Operand> parameters = tokens.peek().is("(") ? parameters(scope, entry) : List.of();
    int maxThreads = 1024;
    while (tokens.peek().text().startsWith(".")) {
      Token directive = tokens.next();
      switch (directive.text()) {
        case ".maxntid", ".reqntid" -> {
          long threads = tokens.integer();
          while (tokens.take(",")) {
            threads *= tokens.integer();
          }
          maxThreads = (int) threads;
        }
        case ".minnctapersm", ".maxnreg" -> tokens.integer();
        case ".noreturn" -> {}
        default ->
            throw new PtxException(
                directive.line(), "the directive", directive.text(), "not known here");
      }
    }
    if (tokens.take(";")) {
      return; // A declaration; the definition follows.
    }
    tokens.expect("{");
    block(scope);
    Function function =
        new Function(
            name.text(),
            entry,
            results,
            parameters,
            body,
            locals,
            registers,
            maxThreads,
            start.line());
    if (functions.put(name.text(), function) != null) {
      throw new PtxException(name.line(), "the function", name.text(), "defined twice");
    }
  }

  /** Reads {@code (.param .u64 x, .reg .f32 y)}. */
  private List<Operand> parameters(Scope scope, boolean entry) {
    tokens.expect("(");
    List<Operand> parameters = new ArrayList<>();
    while (!tokens.take(")")) {
      Token kind = tokens.next();
      if (kind.is(".reg") && !entry) {
        PtxType type = type();
        Register register = declare(tokens.word("a name"), type, scope);
        parameters.add(new RegisterOperand(register, false));
      } else if (kind.is(".param")) {
        parameters.add(new Symbol(variable("param", scope), 0));
      } else {
        throw new PtxException(
            kind.line(), "the parameter", PtxTokens.quote(kind), "expected .param");
      }
      if (!tokens.peek().is(")")) {
        tokens.expect(",");
      }
    }
    return parameters;
  }

  private void block(Scope scope) {
    PtxInstructions instructions = new PtxInstructions(tokens, scope);
    while (!tokens.take("}")) {
      Token token = tokens.peek();
      switch (token.text()) {
        case "{" -> {
          tokens.next();
          block(new Scope(scope));
        }
        case ".reg" -> {
          tokens.next();
          registers(scope);
        }
        case ".shared", ".local", ".param", ".global", ".const" -> {
          tokens.next();
          locals.addAll(variables(token.text().substring(1), scope));
        }
        case ".pragma" -> skipStatement();
        default -> {
          if (token.kind() == Kind.END) {
            throw new PtxException(token.line(), "the body", "not closed", "end it with }");
          }
          if (token.kind() == Kind.WORD && tokens.peek(1).is(":")) {
            label(scope);
          } else {
            body.add(instructions.read());
          }
        }
      }
    }
  }

  private void label(Scope scope) {
    Token name = tokens.next();
    tokens.next();
    Label label = new Label(name.text());
    if (scope.labels.put(name.text(), label) != null) {
      throw new PtxException(name.line(), "the label", name.text(), "defined twice");
    }
    body.add(label);
  }

  private void registers(Scope scope) {
    PtxType type = type();
    do {
      Token name = tokens.word("a register's name");
      if (tokens.take("<")) {
        long count = tokens.integer();
        tokens.expect(">");
        for (int i = 0; i < count; i++) {
          Token numbered = new Token(Kind.WORD, name.text() + i, name.line());
          declare(numbered, type, scope);
        }
      } else {
        declare(name, type, scope);
      }
    } while (tokens.take(","));
    tokens.expect(";");
  }

  private Register declare(Token name, PtxType type, Scope scope) {
    Register register = new Register(name.text(), type);
    if (scope.registers.put(name.text(), register) != null) {
      throw new PtxException(name.line(), "the register", name.text(), "declared twice");
    }
    registers.add(register);
    return register;
  }

  private PtxType type() {
    Token token = tokens.next();
    PtxType type = token.text().startsWith(".") ? PtxType.named(token.text().substring(1)) : null;
    if (type == null) {
      throw new PtxException(token.line(), "the type", PtxTokens.quote(token), "expected .f32 …");
    }
    return type;
  }

  private List<PtxVariable> variables(String space, Scope scope) {
    List<PtxVariable> list = new ArrayList<>();
    PtxVariable first = variable(space, scope);
    list.add(first);
    while (tokens.take(",")) {
      list.add(rest(space, scope, first.type(), first.align()));
    }
    tokens.expect(";");
    return list;
  }

  private PtxVariable variable(String space, Scope scope) {
    int align = 0;
    @Nullable PtxType type = null;
    while (type == null) {
      if (tokens.take(".align")) {
        align = (int) tokens.integer();
      } else if (!tokens.take(".ptr")
          && !tokens.take(".global")
          && !tokens.take(".shared")
          && !tokens.take(".const")) {
        type = type();
        // .param .u64 .ptr .global .align 16 name
        while (tokens.peek().is(".ptr")
            || tokens.peek().is(".global")
            || tokens.peek().is(".align")) {
          if (tokens.next().is(".align")) {
            tokens.integer();
          }
        }
      }
    }
    return rest(space, scope, type, align == 0 ? type.bytes() : align);
  }

  private PtxVariable rest(String space, Scope scope, PtxType type, int align) {
    Token name = tokens.word("a name");
    long count = 1;
    while (tokens.take("[")) {
      if (tokens.take("]")) {
        count = 0;
      } else {
        count *= tokens.integer();
        tokens.expect("]");
      }
    }
    byte[] initial = new byte[0];
    if (tokens.take("=")) {
      initial = initial(type);
      count = count == 0 ? initial.length / type.bytes() : count;
      initial = Arrays.copyOf(initial, (int) count * type.bytes());
    }
    if (count < 0 || count * type.bytes() > Integer.MAX_VALUE) {
      throw new PtxException(name.line(), "the size", count, "expected less than 2 GiB");
    }
    PtxVariable variable =
        new PtxVariable(
            name.text(), space, type, align, (int) count * type.bytes(), initial, name.line());
    if (scope.variables.put(name.text(), variable) != null) {
      throw new PtxException(name.line(), "the variable", name.text(), "declared twice");
    }
    return variable;
  }

  private byte[] initial(PtxType type) {
    List<Immediate> values = new ArrayList<>();
    if (tokens.take("{")) {
      do {
        values.add(tokens.constant());
      } while (tokens.take(","));
      tokens.expect("}");
    } else {
      values.add(tokens.constant());
    }
    ByteBuffer bytes =
        ByteBuffer.allocate(values.size() * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (Immediate value : values) {
      switch (type) {
        case F32 -> bytes.putFloat(value.single());
        case F64 -> bytes.putDouble(value.real());
        default -> {
          switch (type.bytes()) {
            case 1 -> bytes.put((byte) value.bits());
            case 2 -> bytes.putShort((short) value.bits());
            case 4 -> bytes.putInt((int) value.bits());
            default -> bytes.putLong(value.bits());
          }
        }
      }
    }
    return bytes.array();
  }
}
