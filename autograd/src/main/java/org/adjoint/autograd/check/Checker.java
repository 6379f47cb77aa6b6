package org.adjoint.autograd.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.adjoint.autograd.Backprop;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.capture.Program;
import org.adjoint.autograd.capture.Session;
import org.adjoint.kernels.Backend;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Scope;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Runs the catalogue: op × {gradient, gradient2, value, vjp, pytorch} × device × type.
 *
 * <ul>
 *   <li>{@code gradient}, {@code gradient2}: {@link GradCheck} in float64;
 *   <li>{@code value}, {@code vjp}: a device against the float64 reference by the case's {@link
 *       Rule}, in float32, and in float64 where the device is not the reference itself;
 *   <li>a device that does not compute float64 itself is checked in float32 alone, and fails where
 *       it leaves even that to the reference;
 *   <li>the same on the device {@code NAME-replay}, each case recorded as a {@link Program} and
 *       replayed, which must also have the bits of the device itself;
 *   <li>{@code pytorch}: against values and gradients that PyTorch computed, in float64, where
 *       their record is on the class path (the tests and the {@code adjoint} command bring it);
 *   <li>{@code faults}: one row at the end, {@link Faults}: does the gradient check find wrong
 *       rules?
 * </ul>
 */
public final class Checker {
  private static final boolean[] EAGER = {false};
  private static final boolean[] EAGER_AND_REPLAY = {false, true};

  /** The checks, in the order in which they are run. */
  public static final List<String> CHECKS =
      List.of("gradient", "gradient2", "value", "vjp", "pytorch");

  private final Catalogue catalogue;
  private final Backend reference;
  private final List<Backend> devices;
  private final Set<String> recorded;
  private final Fixture fixture = Fixture.load();

  /** Those of the op that is being checked. */
  private final Map<String, Run> rows = new LinkedHashMap<>();

  private final List<String> failures = new ArrayList<>();
  private Consumer<Comparison> listener = c -> {};
  private @Nullable Set<String> wanted;

  /**
   * Prepares a run.
   *
   * @param catalogue what is checked
   * @param reference the backend that is right
   * @param devices the backends under check; the reference may be one of them
   */
  public Checker(Catalogue catalogue, Backend reference, List<Backend> devices) {
    this.catalogue = catalogue;
    this.reference = reference;
    this.devices = List.copyOf(devices);
    List<String> ids = new ArrayList<>();
    for (OpCase c : catalogue.recorded()) {
      ids.add(c.id());
    }
    recorded = fixture.isEmpty() ? Set.of() : Set.copyOf(ids);
  }

  /** Shows every single comparison to a listener. */
  public Checker listen(Consumer<Comparison> each) {
    listener = each;
    return this;
  }

  /**
   * Checks these ops only, and plants no faults.
   *
   * @throws ArgumentException if the catalogue does not have one of them
   */
  public Checker only(Collection<String> ops) {
    Set<String> known = catalogue.byOp().keySet();
    for (String op : ops) {
      if (!known.contains(op)) {
        throw new ArgumentException("check", "op", op, "known ops are " + String.join(", ", known));
      }
    }
    wanted = Set.copyOf(ops);
    return this;
  }

  /** Returns what went wrong, a line each; empty after a run without failure. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** Runs every check over the cases and returns the rows, op by op. */
  public List<CheckRow> run() {
    return run(row -> {});
  }

  /**
   * Runs every check over the cases and returns the rows, op by op.
   *
   * @param each is given the rows of an op as soon as all its cases have run
   */
  public List<CheckRow> run(Consumer<CheckRow> each) {
    List<CheckRow> result = new ArrayList<>();
    for (List<OpCase> cases : catalogue.byOp().values()) {
      rows.clear();
      for (OpCase c : cases) {
        if (wanted == null || wanted.contains(c.op())) {
          run(c);
        }
      }
      for (Run r : rows.values()) {
        result.add(r.tally.row());
        each.accept(result.getLast());
      }
    }
    if (wanted == null) {
      int before = result.size();
      plantFaults(result);
      result.subList(before, result.size()).forEach(each);
    }
    return result;
  }

  /** The checker checked, on the reference. */
  private void plantFaults(List<CheckRow> result) {
    try {
      Faults.Summary faults = Faults.run(catalogue, reference);
      if (faults.planted() > 0) {
        result.add(faults.row(reference));
      }
      for (String missed : faults.missed()) {
        failures.add("a planted fault was not found: " + missed);
      }
    } catch (RuntimeException e) {
      result.add(Faults.row(reference, 0, Double.POSITIVE_INFINITY, false));
      failures.add("faults could not be planted: " + e);
    }
  }

  /** One row, and where it is computed. */
  private final class Run {
    final Tally tally;
    final Backend device;
    final boolean replay;
    final DType dtype;

    Run(OpCase c, String check, Backend device, boolean replay, DType dtype) {
      this.device = device;
      this.replay = replay;
      this.dtype = dtype;
      String name = replay ? device.name() + "-replay" : device.name();
      String kernel = device.kernels().implementation(c.family());
      tally = new Tally(c.op(), check, name, dtype.toString(), kernel, listener, failures::add);
      if (!device.computes(DType.F64)
          && kernel.equals(reference.kernels().implementation(c.family()))) {
        tally.fail(c.op() + " has no kernel on " + name + ": " + kernel + " stands in for it");
      }
    }
  }

  /** What is done with a case under one check. */
  private interface Step {
    void run(Run run);
  }

  private void step(OpCase c, String check, Backend device, DType dtype, Step body) {
    step(c, check, device, false, dtype, body);
  }

  private void step(
      OpCase c, String check, Backend device, boolean replay, DType dtype, Step body) {
    String key = c.op() + " " + check + " " + device.name() + " " + replay + " " + dtype;
    Run run = rows.computeIfAbsent(key, k -> new Run(c, check, device, replay, dtype));
    run.tally.begin();
    long before = device.fallbacks();
    try (Scope _ = Scope.open()) {
      body.run(run);
    } catch (RuntimeException | StackOverflowError | LinkageError e) {
      String where = check + " " + device.name() + (replay ? " in replay " : " ") + dtype;
      run.tally.broken(c.id() + " " + where + " threw " + e);
    }
    run.tally.fellBack(device.fallbacks() - before, device.computes(DType.F64), c.id());
  }

  private void run(OpCase c) {
    List<Backend> precise = devices.stream().filter(d -> d.computes(DType.F64)).toList();
    if (c.isDifferentiable()) {
      for (Backend device : precise) {
        step(c, "gradient", device, DType.F64, r -> slope(r, c, 1));
        step(c, "gradient2", device, DType.F64, r -> slope(r, c, 2));
      }
    }
    compareWithReference(c);
    if (recorded.contains(c.id())) {
      for (Backend device : precise) {
        step(c, "pytorch", device, DType.F64, r -> pytorch(r, c));
      }
    }
  }

  private void slope(Run run, OpCase c, int order) {
    List<GradReport.Mismatch> log = new ArrayList<>();
    new GradCheck(c.op(), c::apply, c.variables(run.device, DType.F64)).run(order, null, log);
    String letter = order == 1 ? "d" : "h";
    for (GradReport.Mismatch m : log) {
      run.tally.compare(
          c.id(),
          letter + m.argument(),
          m.index(),
          m.expected(),
          m.received(),
          Math.abs(m.received() - m.expected()),
          GradCheck.ABSOLUTE + GradCheck.RELATIVE * Math.abs(m.expected()));
    }
  }

  // ---- against the reference ----------------------------------------------------------------

  private void compareWithReference(OpCase c) {
    Expected expected;
    try {
      expected = new Expected(c, reference);
    } catch (RuntimeException e) {
      step(
          c,
          "value",
          reference,
          DType.F64,
          t -> {
            throw e;
          });
      return;
    }
    for (Backend device : devices) {
      for (DType dtype : new DType[] {DType.F32, DType.F64}) {
        if (!device.computes(dtype) || (dtype == DType.F64 && device == reference)) {
          continue;
        }
        for (boolean replay : device == reference || c.isEager() ? EAGER : EAGER_AND_REPLAY) {
          step(c, "value", device, replay, dtype, r -> value(r, c, expected));
          if (c.isDifferentiable()) {
            step(c, "vjp", device, replay, dtype, r -> vjp(r, c, expected));
          }
        }
      }
    }
  }

  private void value(Run run, OpCase c, Expected expected) {
    Variable y = run(run, c, inputs -> List.of(c.apply(inputs))).getFirst();
    compare(run, c, "y", y, expected.value(run.dtype));
  }

  /** Returns what a step gives: computed, or recorded and replayed, which must be the same bits. */
  private static List<Variable> run(Run run, OpCase c, Function<Variable[], List<Variable>> step) {
    Variable[] operands = c.variables(run.device, run.dtype);
    List<Variable> computed = step.apply(operands);
    Variable[] before = c.variables(run.device, run.dtype);
    for (int i = 0; i < operands.length; i++) {
      double[] now = operands[i].value().toDoubleArray();
      if (!Arrays.equals(before[i].value().toDoubleArray(), now)) {
        run.tally.fail(c.id() + " changes its operand " + c.inputs().get(i).name());
      }
    }
    if (!run.replay) {
      return computed;
    }
    Variable[] inputs = c.variables(run.device, run.dtype);
    Session session = Program.captureAll(() -> step.apply(inputs)).session();
    session.run();
    List<Variable> replayed = new ArrayList<>();
    for (int i = 0; i < computed.size(); i++) {
      replayed.add(Variable.of(session.output(i)));
      double[] given = computed.get(i).value().toDoubleArray();
      if (!Arrays.equals(given, session.output(i).toDoubleArray())) {
        run.tally.fail(c.id() + " has other bits in replay, result " + i);
      }
    }
    return replayed;
  }

  private void vjp(Run run, OpCase c, Expected expected) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < c.inputs().size(); i++) {
      if (c.inputs().get(i).role() == Input.Role.DIFFERENTIABLE) {
        numbers.add(i);
      }
    }
    Function<Variable[], List<Variable>> step =
        inputs -> {
          Variable y = c.apply(inputs);
          Tensor dy = Tensor.owned(run.device, run.dtype, y.shape());
          Input.upload(expected.seed(), dy);
          List<Variable> wanted = numbers.stream().map(i -> inputs[i]).toList();
          return Backprop.gradients(y, Variable.of(dy), wanted, false);
        };
    List<Variable> gradients = run(run, c, step);
    for (int k = 0; k < gradients.size(); k++) {
      compare(run, c, "d" + numbers.get(k), gradients.get(k), expected.gradients(run.dtype).get(k));
    }
  }

  private static void compare(
      Run run, OpCase c, String what, Variable received, Expected.Numbers expected) {
    double[] x = received.value().toDoubleArray();
    Shape shape = received.shape();
    if (x.length != expected.r().length) {
      run.tally.fail(c.id() + " " + what + " has shape " + shape + ", not the reference's");
      return;
    }
    for (int i = 0; i < x.length; i++) {
      run.tally.compare(
          c.id(),
          what,
          GradCheck.index(shape, i),
          expected.r()[i],
          x[i],
          expected.error(i, x[i], run.dtype),
          expected.bound(i, run.dtype));
    }
  }

  // ---- against PyTorch ----------------------------------------------------------------------

  private void pytorch(Run run, OpCase c) {
    Fixture.Entry entry = fixture.of(c.id());
    if (entry == null || !entry.inputs().equals(Fixture.digest(c))) {
      run.tally.fail(
          c.id()
              + (entry == null ? " is not recorded" : " was recorded from other operands")
              + "; run autograd/src/test/python/record.py");
      return;
    }
    for (Map.Entry<String, double[]> line : Recorded.of(c, run.device).entrySet()) {
      double[] received = line.getValue();
      double[] given = entry.numbers().get(line.getKey());
      double[] expected = given == null ? new double[received.length] : given;
      if (expected.length != received.length) {
        run.tally.fail(c.id() + " " + line.getKey() + " has another size than recorded");
        return;
      }
      double largest = 0;
      for (double v : expected) {
        largest = Math.max(largest, Math.abs(v));
      }
      for (int i = 0; i < received.length; i++) {
        run.tally.compare(
            c.id(),
            line.getKey(),
            "[" + i + "]",
            expected[i],
            received[i],
            Math.abs(received[i] - expected[i]),
            // What cancels to nothing is measured by the largest of the tensor.
            Math.max(1e-9 * Math.abs(expected[i]), 1e-12 * largest));
      }
    }
  }
}
