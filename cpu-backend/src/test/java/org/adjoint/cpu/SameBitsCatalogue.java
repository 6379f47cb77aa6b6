package org.adjoint.cpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.autograd.check.Catalogue;
import org.adjoint.autograd.check.OpCase;
import org.adjoint.kernels.Backend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Tensor;

/** The part of {@link SameBits} that goes through the catalogue: computed and replayed. */
final class SameBitsCatalogue {
  private final Backend device;
  private final StringBuilder s;

  SameBitsCatalogue(Backend device, StringBuilder s) {
    this.device = device;
    this.s = s;
  }

  /** Adds a checksum of the values and gradients of each op. */
  void all() {
    Catalogue.load()
        .byOp()
        .forEach(
            (op, cases) -> {
              add(op, cases, DType.F32);
              add(op, cases, DType.F64);
            });
  }

  private void add(String op, List<OpCase> cases, DType dtype) {
    List<Tensor> results = new ArrayList<>();
    try (Scope _ = Scope.open()) {
      for (OpCase c : cases) {
        Variable[] inputs = c.variables(device, dtype);
        Supplier<List<Variable>> step = () -> step(c, inputs);
        List<Variable> computed = step.get();
        computed.forEach(v -> results.add(v.value()));
        if (!c.isEager()) {
          replay(c, step, computed);
        }
      }
      SameBits.add(s, op + " in the catalogue, " + dtype, results.toArray(Tensor[]::new));
    }
  }

  private void replay(OpCase c, Supplier<List<Variable>> step, List<Variable> computed) {
    Session session = Program.captureAll(step).session();
    session.run();
    for (int i = 0; i < computed.size(); i++) {
      double[] given = computed.get(i).value().toDoubleArray();
      if (!Arrays.equals(given, session.output(i).toDoubleArray())) {
        s.append(c.id()).append(": computed and replayed differ\n");
      }
    }
  }

  private static List<Variable> step(OpCase c, Variable... inputs) {
    Variable y = c.apply(inputs);
    List<Variable> all = new ArrayList<>(List.of(y));
    List<Variable> wanted = Arrays.stream(inputs).filter(Variable::requiresGrad).toList();
    if (!wanted.isEmpty()) {
      all.addAll(Backprop.gradients(y, y.detach(), wanted, false));
    }
    return all;
  }
}
