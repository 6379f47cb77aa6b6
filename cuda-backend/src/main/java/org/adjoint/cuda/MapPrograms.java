package org.adjoint.cuda;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.tensor.Tensor;

/**
 * Expressions as programs of the kernel in {@code map.ptx}, which says what their words mean; kept
 * on the device, the most recently used of them. Thread-safe.
 */
final class MapPrograms {
  /** What the kernel has room for. */
  static final int OPERANDS = 64;

  static final int NUMBERS = 64;

  private static final int STACK = 64;
  private static final int KEPT = 1024;

  private static final int END = 0;
  private static final int OPERAND = 1;
  private static final int NUMBER = 2;
  private static final int LITERAL = 3;
  private static final int FUNCTIONS = 4;
  private static final int OPERATORS = FUNCTIONS + Function.values().length;
  private static final int FMA = OPERATORS + Operator.values().length;
  private static final int SELECT = FMA + 1;
  private static final int SHIFT = 6;

  private final CudaDevice device;
  private final Map<Expr, Optional<Tensor>> known = new LinkedHashMap<>(16, 0.75f, true);

  MapPrograms(CudaDevice device) {
    this.device = device;
  }

  /** Returns the program of an expression; none if it needs more room than the kernel has. */
  synchronized Optional<Tensor> of(Expr f) {
    Optional<Tensor> program = known.get(f);
    if (program == null) {
      Writer writer = new Writer();
      writer.write(f);
      writer.add(END);
      boolean fits =
          writer.deepest <= STACK && f.operandCount() <= OPERANDS && f.parameterCount() <= NUMBERS;
      program =
          fits
              ? Optional.of(
                  Tensor.of(device, Arrays.copyOf(writer.words, writer.length), writer.length))
              : Optional.empty();
      known.put(f, program);
      if (known.size() > KEPT) {
        // The garbage collector gives its memory back once no launch needs it any more.
        known.remove(known.keySet().iterator().next());
      }
    }
    return program;
  }

  /** Writes a tree in postfix order. */
  private static final class Writer {
    int[] words = new int[32];
    int length;
    int deepest;
    private int depth;

    void add(int word) {
      if (length == words.length) {
        words = Arrays.copyOf(words, 2 * length);
      }
      words[length++] = word;
    }

    private void push(int word) {
      add(word);
      deepest = Math.max(deepest, ++depth);
    }

    private void combine(int word, int arguments) {
      add(word);
      depth -= arguments - 1;
    }

    void write(Expr e) {
      switch (e) {
        case Expr.Operand o -> push(OPERAND | o.index() << SHIFT);
        case Expr.Parameter p -> push(NUMBER | p.index() << SHIFT);
        case Expr.Constant c -> {
          push(LITERAL);
          add(Float.floatToRawIntBits((float) c.value()));
        }
        case Expr.Unary u -> {
          write(u.x());
          combine(FUNCTIONS + u.function().ordinal(), 1);
        }
        case Expr.Binary b -> {
          write(b.a());
          write(b.b());
          combine(OPERATORS + b.operator().ordinal(), 2);
        }
        case Expr.Fma f -> {
          write(f.a());
          write(f.b());
          write(f.c());
          combine(FMA, 3);
        }
        case Expr.Select s -> {
          write(s.condition());
          write(s.whenTrue());
          write(s.whenFalse());
          combine(SELECT, 3);
        }
      }
    }
  }
}
