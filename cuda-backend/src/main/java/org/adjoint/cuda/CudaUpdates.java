package org.adjoint.cuda;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.IndexingKernels;
import org.adjoint.kernels.UpdateKernels;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateRules;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/**
 * Optimizer steps: descent and Adam, with their variants, by the entries of {@code updates.ptx} in
 * one pass; any other rule formula by formula, into temporaries, since all of them see the values
 * before the step. float64 is the reference's business.
 */
final class CudaUpdates implements UpdateKernels {
  private static final String FILE = "updates.ptx";
  private static final int THREADS = 256;
  private static final int STATES = 3;

  /** Numbers that an entry takes besides that of the decay. */
  static final int NUMBERS = 8;

  /**
   * An entry that makes the step of a rule.
   *
   * @param name of the entry
   * @param decay 0 for none, 1 if it joins the gradient, 2 if it shrinks the parameter
   * @param decayNumber which of the rule's numbers it is
   */
  private record Entry(String name, int decay, int decayNumber) {}

  private static final Map<UpdateRule, Entry> KNOWN = known();

  private final CudaDevice device;
  private final ElementwiseKernels elementwise;
  private final IndexingKernels indexing;
  private final UpdateKernels host;

  CudaUpdates(
      CudaDevice device,
      ElementwiseKernels elementwise,
      IndexingKernels indexing,
      UpdateKernels host) {
    this.device = device;
    this.elementwise = elementwise;
    this.indexing = indexing;
    this.host = host;
  }

  private static Map<UpdateRule, Entry> known() {
    Map<UpdateRule, Entry> known = new HashMap<>();
    for (int decay = 0; decay < 3; decay++) {
      double lambda = decay == 0 ? 0 : 0.5;
      boolean decoupled = decay == 2;
      UpdateStep plain = UpdateRules.sgd(1, 0, 0, false, lambda, decoupled);
      UpdateStep momentum = UpdateRules.sgd(1, 0.5, 0, false, lambda, decoupled);
      UpdateStep dampened = UpdateRules.sgd(1, 0.5, 0.5, false, lambda, decoupled);
      UpdateStep nesterov = UpdateRules.sgd(1, 0.5, 0, true, lambda, decoupled);
      UpdateStep adam = UpdateRules.adam(1, 0.5, 0.5, 1, lambda, decoupled, false, 1);
      UpdateStep amsgrad = UpdateRules.adam(1, 0.5, 0.5, 1, lambda, decoupled, true, 1);
      known.put(plain.rule(), new Entry("sgd_f32", decay, 2));
      known.put(momentum.rule(), new Entry("sgd_momentum_f32", decay, 2));
      known.put(dampened.rule(), new Entry("sgd_dampened_f32", decay, 2));
      known.put(nesterov.rule(), new Entry("sgd_nesterov_f32", decay, 2));
      known.put(adam.rule(), new Entry("adam_f32", decay, 7));
      known.put(amsgrad.rule(), new Entry("adam_amsgrad_f32", decay, 7));
    }
    return known;
  }

  @Override
  public void update(UpdateStep step, Tensor... tensors) {
    if (tensors[0].dtype() != DType.F32) {
      host.update(step, tensors);
      return;
    }
    Entry entry = KNOWN.get(step.rule());
    if (entry == null) {
      formulas(step, tensors);
    } else {
      fused(entry, step.numbers(), tensors);
    }
  }

  private void fused(Entry entry, double[] numbers, Tensor... tensors) {
    Launch launch = device.launch();
    for (Tensor t : tensors) {
      launch.tensor(t);
    }
    for (int i = tensors.length; i < 2 + STATES; i++) {
      launch.address(0);
    }
    int size = tensors[0].size();
    launch.integer(size).integer(entry.decay());
    for (float number : ordered(entry, numbers)) {
      launch.number(number);
    }
    launch
        .changingEntry()
        .run(device.kernel(FILE, entry.name()), Geometry.covering(size, THREADS, device.blocks()));
  }

  /** Returns numbers as an entry takes them: that of the decay, then the others. */
  private static float[] ordered(Entry entry, double[] numbers) {
    float[] ordered = new float[1 + NUMBERS];
    ordered[0] = (float) numbers[entry.decayNumber()];
    int next = 1;
    for (int i = 0; i < numbers.length; i++) {
      if (i != entry.decayNumber()) {
        ordered[next++] = (float) numbers[i];
      }
    }
    return ordered;
  }

  /** Returns the numbers of a step as its entry takes them, zeros if it has none. */
  static float[] numbers(UpdateStep step) {
    Entry entry = KNOWN.get(step.rule());
    return entry == null ? new float[1 + NUMBERS] : ordered(entry, step.numbers());
  }

  private void formulas(UpdateStep step, Tensor... tensors) {
    List<Tensor> made = results(step, tensors);
    for (int i = 0; i < made.size(); i++) {
      elementwise.copy(made.get(i), tensors[place(i)]);
    }
  }

  /** Returns what the formulas give, computed from the values before the step. */
  private List<Tensor> results(UpdateStep step, Tensor... tensors) {
    List<Tensor> made = new ArrayList<>();
    for (Expr f : step.rule().results()) {
      Tensor t = Tensor.result(device, DType.F32, tensors[0].shape());
      elementwise.map(f, step.numbers(), t, tensors);
      made.add(t);
    }
    return made;
  }

  /** Which tensor a result replaces: behind the parameter stands its gradient, which stays. */
  private static int place(int result) {
    return result == 0 ? 0 : 1 + result;
  }

  /** The whole table is computed, and where no row was named the old values are taken. */
  @Override
  public void updateRows(UpdateStep step, Tensor index, Tensor... tensors) {
    Tensor p = tensors[0];
    if (p.dtype() != DType.F32) {
      host.updateRows(step, index, tensors);
      return;
    }
    Tensor gradient = Tensor.result(device, DType.F32, p.shape());
    elementwise.fill(0, gradient);
    indexing.indexAdd(tensors[1], 0, index, gradient);
    Tensor ones = Tensor.result(device, DType.F32, Shape.of(index.dim(0), 1));
    elementwise.fill(1, ones);
    Tensor named = Tensor.result(device, DType.F32, Shape.of(p.dim(0), 1));
    elementwise.fill(0, named);
    indexing.indexAdd(ones, 0, index, named);
    Tensor[] whole = tensors.clone();
    whole[1] = gradient;
    List<Tensor> made = results(step, whole);
    for (int i = 0; i < made.size(); i++) {
      Tensor old = tensors[place(i)];
      elementwise.where(named, made.get(i), old, old);
    }
  }
}
