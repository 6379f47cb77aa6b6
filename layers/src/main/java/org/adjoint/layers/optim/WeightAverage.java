package org.adjoint.layers.optim;

import static org.adjoint.kernels.Expr.fma;
import static org.adjoint.kernels.Expr.parameter;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.ElementwiseKernels;
import org.adjoint.kernels.UpdateRule;
import org.adjoint.kernels.UpdateStep;
import org.adjoint.layers.Network;
import org.adjoint.layers.Parameter;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/**
 * An average of a network's parameters over the steps of a training, which often predicts better
 * than the last of them: exponential (Polyak and Juditsky, 1992), a ← a + (1−d)·(p − a), or equal
 * (stochastic weight averaging, Izmailov et al., 2018), a ← a + (p − a)/(n+1). The first update
 * takes the parameters with weight 1.
 *
 * <pre>{@code
 * WeightAverage average = WeightAverage.exponential(model, 0.999);
 * // after each step: average.update();
 * average.exchange(); // the model predicts with the average
 * }</pre>
 *
 * <p>Buffers, the running statistics of batch norm, are not averaged; after equal averaging let
 * some batches pass through the network in training mode.
 */
public final class WeightAverage {
  private static final UpdateRule RULE =
      new UpdateRule(
          "average",
          List.of(),
          List.of("w"),
          fma(parameter(0), DecayRules.G.minus(DecayRules.P), DecayRules.P));

  private static final String UPDATES = "updates";

  private final List<Parameter> parameters = new ArrayList<>();

  private final List<String> names = new ArrayList<>();
  private final List<Tensor> averages = new ArrayList<>();
  private final double decay;
  private long updates;

  private WeightAverage(Network network, double decay) {
    this.decay = decay;
    network
        .parameters()
        .forEach(
            (name, p) -> {
              Tensor copy = Tensor.owned(p.value().device(), p.value().dtype(), p.value().shape());
              elementwise(copy).copy(p.value(), copy);
              parameters.add(p);
              names.add(name);
              averages.add(copy);
            });
  }

  /**
   * Returns an exponential average that begins with the parameters as they are.
   *
   * @param decay d in [0, 1)
   * @throws ArgumentException if it is outside that range
   */
  public static WeightAverage exponential(Network network, double decay) {
    return new WeightAverage(network, Settings.decay("decay", decay));
  }

  /** Returns an equal average of all updates to come. */
  public static WeightAverage equal(Network network) {
    return new WeightAverage(network, Double.NaN);
  }

  private static ElementwiseKernels elementwise(Tensor t) {
    return Backends.kernels(t.device()).elementwise();
  }

  /** Returns how many updates were made. */
  public long updates() {
    return updates;
  }

  /** Takes the parameters as they are now into the average. */
  public void update() {
    Recording recording = Recording.current();
    if (recording != null) {
      long before = updates;
      recording.undo(() -> updates = before);
    }
    UpdateStep now = next();
    if (recording != null) {
      recording.input(now, this::next);
    }
    for (int i = 0; i < averages.size(); i++) {
      Tensor average = averages.get(i);
      Backends.kernels(average.device()).updates().update(now, average, parameters.get(i).value());
    }
  }

  private UpdateStep next() {
    double weight = updates == 0 ? 1 : Double.isNaN(decay) ? 1.0 / (updates + 1) : 1 - decay;
    updates++;
    return new UpdateStep(RULE, weight);
  }

  /** Exchanges the parameters with their average; a second call puts them back. */
  public void exchange() {
    for (int i = 0; i < averages.size(); i++) {
      Tensor value = parameters.get(i).value();
      Tensor average = averages.get(i);
      Tensor before = Tensor.result(value.device(), value.dtype(), value.shape());
      elementwise(value).copy(value, before);
      elementwise(value).copy(average, value);
      elementwise(value).copy(before, average);
    }
  }

  /** Returns the averages by the parameters' names, and the number of updates; no copies. */
  public Map<String, Tensor> state() {
    LinkedHashMap<String, Tensor> all = new LinkedHashMap<>();
    int[] halves = {(int) (updates >>> 32), (int) updates};
    all.put(UPDATES, Tensor.of(averages.getFirst().device(), halves, 2));
    for (int i = 0; i < averages.size(); i++) {
      all.put("average." + names.get(i), averages.get(i));
    }
    return all;
  }

  /**
   * Puts back a state that {@link #state} gave, copying it.
   *
   * @throws ArgumentException if something is missing, or not like this network's
   */
  public void restore(Map<String, Tensor> state) {
    Tensor count = state.get(UPDATES);
    boolean fits = count != null && count.dtype() == DType.I32 && count.size() == 2;
    for (int i = 0; fits && i < averages.size(); i++) {
      Tensor saved = state.get("average." + names.get(i));
      Tensor own = averages.get(i);
      fits = saved != null && saved.shape().equals(own.shape()) && saved.dtype() == own.dtype();
    }
    if (count == null || !fits) {
      throw new ArgumentException(
          "restore", "state", state.keySet(), "it must be that of an average of this network");
    }
    for (int i = 0; i < averages.size(); i++) {
      Tensor own = averages.get(i);
      Tensor saved = state.get("average." + names.get(i));
      if (saved != null) {
        elementwise(own).copy(saved.to(own.device()), own);
      }
    }
    int[] halves = count.toIntArray();
    updates = ((long) halves[0] << 32) | (halves[1] & 0xFFFFFFFFL);
  }
}
