package org.adjoint.cpu;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.Expr;

/**
 * Writes the body of a loop: loads, the steps of the expressions, stores. A part that occurs twice
 * is kept in a local variable.
 */
abstract class ElementEmitter {
  final CodeBuilder code;
  private final ExprUses uses;
  private final TypeKind kind;
  private final Map<Expr, Integer> known = new HashMap<>();
  private final List<Integer> temporaries = new ArrayList<>();
  private final List<Integer> results = new ArrayList<>();
  private int nextTemporary;

  ElementEmitter(CodeBuilder code, ExprUses uses, TypeKind kind) {
    this.code = code;
    this.uses = uses;
    this.kind = kind;
  }

  /** Starts a body in which only these values are known. */
  final void begin(Map<Expr, Integer> invariants) {
    known.clear();
    known.putAll(invariants);
    nextTemporary = 0;
  }

  /** A local variable of its own. */
  final int local() {
    return code.allocateLocal(kind);
  }

  /** A local variable, used again in the next body. */
  final int temporary() {
    if (nextTemporary == temporaries.size()) {
      temporaries.add(local());
    }
    return temporaries.get(nextTemporary++);
  }

  /** The local variable of a result that waits to be stored. */
  final int result(int index) {
    while (results.size() <= index) {
      results.add(local());
    }
    return results.get(index);
  }

  final void loadLocal(int local) {
    code.loadLocal(kind, local);
  }

  final void storeLocal(int local) {
    code.storeLocal(kind, local);
  }

  /** Takes the value on the stack for that of an expression. */
  final void keep(Expr e) {
    int local = temporary();
    storeLocal(local);
    known.put(e, local);
  }

  /** Leaves the value of an expression on the stack. */
  final void emit(Expr e) {
    Integer local = known.get(e);
    if (local != null) {
      loadLocal(local);
      return;
    }
    compute(e);
    if (uses.isShared(e)) {
      keep(e);
      loadLocal(known.getOrDefault(e, -1));
    }
  }

  /** Emits an expression that is not known: no leaf, these all are. */
  private void compute(Expr e) {
    switch (e) {
      case Expr.Unary u -> {
        emit(u.x());
        function(u.function());
      }
      case Expr.Binary b when b.operator().isComparison() -> truth(b);
      case Expr.Binary b when isBound(b) -> bound(b);
      case Expr.Binary b -> {
        emit(b.a());
        emit(b.b());
        operator(b.operator());
      }
      case Expr.Fma f -> {
        emit(f.a());
        emit(f.b());
        emit(f.c());
        fma();
      }
      case Expr.Select s -> select(s);
      case Expr.Operand _, Expr.Parameter _, Expr.Constant _ ->
          throw new IllegalStateException("cpu: " + e + " has no value in this loop");
    }
  }

  /** Whether this is the larger or smaller of a value and a number. */
  private static boolean isBound(Expr.Binary b) {
    boolean extreme = b.operator() == Expr.Operator.MAX || b.operator() == Expr.Operator.MIN;
    return extreme && b.b() instanceof Expr.Constant c && !Double.isNaN(c.value());
  }

  /** The scalar on the stack becomes a value of this emitter. */
  abstract void spread();

  /** Array and index on the stack become the element. */
  abstract void load();

  /** Array, index and value on the stack are written. */
  abstract void store();

  abstract void function(Expr.Function function);

  abstract void operator(Expr.Operator operator);

  /** Emits the larger or smaller of a value and a constant, which is the right argument. */
  void bound(Expr.Binary b) {
    emit(b.a());
    emit(b.b());
    operator(b.operator());
  }

  abstract void fma();

  /** Emits a comparison as 1 or 0. */
  abstract void truth(Expr.Binary comparison);

  abstract void select(Expr.Select select);
}
