package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Reductions;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** What the recording script asks of PyTorch, asked of us. */
final class Recorded {
  private Recorded() {}

  /**
   * Returns the value (y), the gradients by the operands (g0, …) of Σ y·dy, and the gradients (h0,
   * …) of the sum over those gradients, with the weights of the script.
   */
  static Map<String, double[]> of(OpCase c, Device device) {
    Map<String, double[]> lines = new LinkedHashMap<>();
    Variable[] inputs = c.variables(device, DType.F64);
    Variable y = c.apply(inputs);
    lines.put("y", y.value().toDoubleArray());
    List<Variable> wanted = new ArrayList<>();
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < inputs.length; i++) {
      if (inputs[i].requiresGrad()) {
        wanted.add(inputs[i]);
        numbers.add(i);
      }
    }
    if (wanted.isEmpty()) {
      return lines;
    }
    Variable dy = weights(device, y.shape(), 7, 3, 11, 5);
    List<Variable> fused = Backprop.gradients(y, dy, wanted, false);
    for (int k = 0; k < fused.size(); k++) {
      lines.put("g" + numbers.get(k), fused.get(k).value().toDoubleArray());
    }
    Variable mixed = null;
    for (Variable g : Backprop.gradients(y, dy, wanted, true)) {
      Variable part = Reductions.sum(Elementwise.mul(g, weights(device, g.shape(), 5, 1, 7, 3)));
      mixed = mixed == null ? part : mixed.add(part);
    }
    if (mixed == null || !mixed.requiresGrad()) {
      return lines;
    }
    List<Variable> second = Backprop.gradients(mixed, wanted, false);
    for (int k = 0; k < second.size(); k++) {
      lines.put("h" + numbers.get(k), second.get(k).value().toDoubleArray());
    }
    return lines;
  }

  private static Variable weights(
      Device device, Shape shape, int factor, int offset, int modulus, int centre) {
    double[] w = new double[shape.size()];
    for (int i = 0; i < w.length; i++) {
      w[i] = ((factor * i + offset) % modulus - centre) / 4.0;
    }
    return Variable.of(Tensor.of(device, w, shape.toArray()));
  }
}
