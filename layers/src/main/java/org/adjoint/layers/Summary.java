package org.adjoint.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Variable;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;

/** A table of a model: layer by layer its output shape and its number of parameters. */
public final class Summary {
  private record Row(String name, String layer, String shape, String parameters) {}

  private Summary() {}

  /**
   * Returns the table. The shapes are found by running the layers on zeros in evaluation mode; a
   * layer that is no {@link Sequential} is one row with everything in it.
   *
   * @param model the model
   * @param input the shape of the input, batch included
   * @throws ShapeException if the input does not fit
   * @throws ArgumentException if the model has no parameters, and so lives nowhere
   */
  public static String of(Layer model, int... input) {
    Tensor first =
        model.parameters().values().stream()
            .findFirst()
            .map(Parameter::value)
            .orElseThrow(
                () ->
                    new ArgumentException(
                        "summary", "model", model, "it has no parameters to tell its device"));
    List<Row> rows = new ArrayList<>();
    rows.add(new Row("", "Input", Shape.of(input).toString(), "0"));
    boolean before = model.isTraining();
    model.eval();
    try (Graph.NoGrad _ = Graph.noGrad();
        Scope _ = Scope.open()) {
      walk("", model, Variable.of(Tensor.zeros(first.device(), first.dtype(), input)), rows);
    } finally {
      model.mode(before && !model.isSealed());
    }
    long all = model.parameterCount();
    long trainable =
        model.parameters().values().stream()
            .distinct()
            .filter(Parameter::isTrainable)
            .mapToLong(p -> p.value().size())
            .sum();
    return table(rows)
        + count(all)
        + " parameters"
        + (trainable == all ? "" : ", " + count(trainable) + " trainable")
        + "\n";
  }

  private static Variable walk(String name, Layer layer, Variable x, List<Row> rows) {
    if (layer instanceof Sequential chain) {
      Variable y = x;
      for (int i = 0; i < chain.layers().size(); i++) {
        y = walk(name.isEmpty() ? "" + i : name + "." + i, chain.layers().get(i), y, rows);
      }
      return y;
    }
    Variable y = layer.forward(x);
    rows.add(new Row(name, layer.toString(), y.shape().toString(), count(layer.parameterCount())));
    return y;
  }

  private static String count(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  private static String table(List<Row> rows) {
    List<Row> all = new ArrayList<>();
    all.add(new Row("", "layer", "output", "parameters"));
    all.addAll(rows);
    int[] w = new int[4];
    for (Row r : all) {
      w[0] = Math.max(w[0], r.name().length());
      w[1] = Math.max(w[1], r.layer().length());
      w[2] = Math.max(w[2], r.shape().length());
      w[3] = Math.max(w[3], r.parameters().length());
    }
    String format =
        "%-" + Math.max(1, w[0]) + "s  %-" + w[1] + "s  %-" + w[2] + "s  %" + w[3] + "s\n";
    StringBuilder s = new StringBuilder();
    for (Row r : all) {
      s.append(String.format(Locale.ROOT, format, r.name(), r.layer(), r.shape(), r.parameters()));
    }
    return s.toString();
  }
}
