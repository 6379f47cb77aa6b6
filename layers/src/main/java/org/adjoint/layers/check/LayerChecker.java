package org.adjoint.layers.check;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.check.CheckRow;
import org.adjoint.autograd.check.Comparison;
import org.adjoint.autograd.check.GradCheck;
import org.adjoint.autograd.check.Tally;
import org.adjoint.kernels.Backend;
import org.adjoint.layers.Parameter;
import org.adjoint.layers.Setup;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Runs single layers beside what PyTorch recorded of them in float64, where that record is on the
 * class path: outputs and running states ({@code value}), gradients by parameters and inputs
 * ({@code vjp}), on each device and in each type that it computes. A number may differ by one part
 * in 10⁹ of the largest of its tensor in float64, by one part in 10⁵ in float32: relative to the
 * largest, because gradients may cancel to nearly nothing.
 */
public final class LayerChecker {
  /** What a layer is called in a row, before its name. */
  public static final String PREFIX = "layer ";

  private static final double EXACT = 1e-9;
  private static final double SINGLE = 1e-5;

  /** Of tensors whose numbers are all smaller. */
  private static final double SMALLEST = 1e-3;

  private final List<LayerRecord> records;
  private final List<Backend> devices;
  private final List<String> failures = new ArrayList<>();
  private Consumer<Comparison> listener = c -> {};
  private @Nullable Set<String> wanted;

  /** Prepares a run on these devices. */
  public LayerChecker(List<Backend> devices) {
    this(devices, LayerRecord.all());
  }

  LayerChecker(List<Backend> devices, List<LayerRecord> records) {
    this.records = records;
    this.devices = List.copyOf(devices);
  }

  /** Returns the names of the layers that are recorded. */
  public List<String> names() {
    return records.stream().map(LayerRecord::name).toList();
  }

  /** Shows every single comparison to a listener. */
  public LayerChecker listen(Consumer<Comparison> each) {
    listener = each;
    return this;
  }

  /**
   * Checks these layers only.
   *
   * @throws ArgumentException if one of them is not recorded
   */
  public LayerChecker only(Collection<String> layers) {
    for (String layer : layers) {
      if (!names().contains(layer)) {
        throw new ArgumentException(
            "check", "layer", layer, "known layers are " + String.join(", ", names()));
      }
    }
    wanted = Set.copyOf(layers);
    return this;
  }

  /** Returns what went wrong, a line each; empty after a run without failure. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** Runs all and returns the rows, layer by layer. */
  public List<CheckRow> run() {
    return run(row -> {});
  }

  /**
   * Runs all and returns the rows, layer by layer.
   *
   * @param each is given the rows of a layer as soon as they are there
   */
  public List<CheckRow> run(Consumer<CheckRow> each) {
    List<CheckRow> rows = new ArrayList<>();
    for (LayerRecord record : records) {
      if (wanted != null && !wanted.contains(record.name())) {
        continue;
      }
      for (Backend device : devices) {
        for (DType dtype : new DType[] {DType.F32, DType.F64}) {
          if (device.computes(dtype)) {
            run(record, device, dtype, rows);
            rows.subList(rows.size() - 2, rows.size()).forEach(each);
          }
        }
      }
    }
    return rows;
  }

  private void run(LayerRecord record, Backend device, DType dtype, List<CheckRow> rows) {
    Tally value = tally(record, "value", device, dtype);
    Tally vjp = tally(record, "vjp", device, dtype);
    long before = device.fallbacks();
    try (Scope _ = Scope.open()) {
      new Side(record, Setup.of(device, dtype, 1), value, vjp).run();
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      value.broken(PREFIX + record.name() + " " + device.name() + " " + dtype + " threw " + e);
    }
    value.fellBack(device.fallbacks() - before, device.computes(DType.F64), record.name());
    rows.add(value.row());
    rows.add(vjp.row());
  }

  private Tally tally(LayerRecord record, String check, Backend device, DType dtype) {
    String op = PREFIX + record.name();
    Tally tally =
        new Tally(op, check, device.name(), dtype.toString(), "", listener, failures::add);
    tally.begin();
    return tally;
  }

  /** One layer on one device. */
  private record Side(LayerRecord record, Setup setup, Tally value, Tally vjp) {
    void run() {
      LayerCases.Built built = LayerCases.build(record.name(), setup);
      Map<String, Parameter> parameters = built.network().parameters();
      if (!List.copyOf(parameters.keySet()).equals(List.copyOf(record.parameters().keySet()))) {
        value.fail(record.name() + " has other parameters than PyTorch: " + parameters.keySet());
        return;
      }
      int seed = 0;
      for (Parameter p : parameters.values()) {
        double[] v = LayerRecord.signed(seed++, p.value().size());
        for (int i = 0; i < v.length; i++) {
          v[i] *= 0.5;
        }
        LayerRecord.write(v, p.value());
      }
      Variable[] inputs = new Variable[record.inputs().size()];
      for (int i = 0; i < inputs.length; i++) {
        Shape shape = record.inputs().get(i);
        double[] x = LayerRecord.signed(100 + i, shape.size());
        inputs[i] = Variable.parameter(LayerRecord.tensor(setup, x, shape));
      }
      Variable y = built.call().of(inputs);
      compare(value, "y", record.y(), y.value(), record.shape());
      Tensor dy = LayerRecord.tensor(setup, LayerRecord.signed(200, y.value().size()), y.shape());
      y.mul(Variable.of(dy)).sum().backward();
      record
          .gradients()
          .forEach(
              (name, expected) -> {
                Parameter p = parameters.get(name);
                Tensor gradient =
                    p == null ? inputs[Integer.parseInt(name.substring(1))].grad() : p.gradient();
                Shape shape =
                    p == null
                        ? record.inputs().get(Integer.parseInt(name.substring(1)))
                        : record.parameters().get(name);
                compare(vjp, "d" + name, expected, gradient, shape);
              });
      record
          .buffers()
          .forEach(
              (name, expected) -> {
                Tensor state = built.network().buffers().get(name);
                compare(value, name, expected, state, state == null ? null : state.shape());
              });
    }

    private void compare(
        Tally tally,
        String what,
        double[] expected,
        @Nullable Tensor received,
        @Nullable Shape shape) {
      if (received == null
          || shape == null
          || !received.shape().equals(shape)
          || received.size() != expected.length) {
        String found = received == null ? "missing" : "of shape " + received.shape();
        tally.fail(record.name() + " " + what + " is " + found + ", not as PyTorch's");
        return;
      }
      double[] x = received.toDoubleArray();
      double largest = SMALLEST;
      for (double v : expected) {
        largest = Math.max(largest, Math.abs(v));
      }
      double bound = largest * (setup.dtype() == DType.F32 ? SINGLE : EXACT);
      for (int i = 0; i < x.length; i++) {
        tally.compare(
            record.name(),
            what,
            GradCheck.index(received.shape(), i),
            expected[i],
            x[i],
            Math.abs(x[i] - expected[i]),
            bound);
      }
    }
  }
}
