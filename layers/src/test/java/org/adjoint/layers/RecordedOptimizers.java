package org.adjoint.layers;

import java.util.Map;
import org.adjoint.layers.optim.Adadelta;
import org.adjoint.layers.optim.Adagrad;
import org.adjoint.layers.optim.Adam;
import org.adjoint.layers.optim.Clipping;
import org.adjoint.layers.optim.Lion;
import org.adjoint.layers.optim.NAdam;
import org.adjoint.layers.optim.Optimizer;
import org.adjoint.layers.optim.RAdam;
import org.adjoint.layers.optim.RmsProp;
import org.adjoint.layers.optim.Sgd;

/** Optimizers as the lines of a fixture name them, with PyTorch's names and defaults. */
final class RecordedOptimizers {
  private final Map<String, String> settings;

  private RecordedOptimizers(Map<String, String> settings) {
    this.settings = settings;
  }

  static Optimizer of(Network network, String kind, Map<String, String> settings) {
    RecordedOptimizers recorded = new RecordedOptimizers(settings);
    Optimizer optimizer = recorded.of(network, kind);
    recorded.extras(optimizer);
    return optimizer;
  }

  private void extras(Optimizer optimizer) {
    optimizer.maximize(is("maximize"));
    if (settings.containsKey("group_lr")) {
      optimizer
          .group(name -> name.equals("q"))
          .rateFactor(number("group_lr", 1) / optimizer.learningRate())
          .weightDecay(number("group_weight_decay", 0));
    }
    if (settings.containsKey("clip_norm")) {
      optimizer.clip(Clipping.norm(number("clip_norm", 0)));
    }
    if (settings.containsKey("clip_value")) {
      optimizer.clip(Clipping.value(number("clip_value", 0)));
    }
    if (settings.containsKey("clip_weights")) {
      optimizer.clip(Clipping.weights(number("clip_weights", 0)));
    }
  }

  private Optimizer of(Network n, String kind) {
    double rate = number("lr", Double.NaN);
    double decay = number("weight_decay", kind.equals("adamw") ? 0.01 : 0);
    double beta1 = number("beta1", 0.9);
    double beta2 = number("beta2", kind.equals("lion") ? 0.99 : 0.999);
    double epsilon = number("eps", 1e-8);
    boolean decoupled = is("decoupled_weight_decay");
    return switch (kind) {
      case "sgd" ->
          new Sgd(
              n,
              rate,
              number("momentum", 0),
              number("dampening", 0),
              is("nesterov"),
              number("decoupled_weight_decay", decay),
              settings.containsKey("decoupled_weight_decay"));
      case "adam", "adamw" ->
          new Adam(n, rate, beta1, beta2, epsilon, decay, kind.equals("adamw"), is("amsgrad"));
      case "adagrad" ->
          new Adagrad(
              n,
              rate,
              number("lr_decay", 0),
              number("initial_accumulator_value", 0),
              number("eps", 1e-10),
              decay);
      case "adadelta" -> new Adadelta(n, rate, number("rho", 0.9), number("eps", 1e-6), decay);
      case "rmsprop" ->
          new RmsProp(
              n,
              rate,
              number("alpha", 0.99),
              epsilon,
              decay,
              number("momentum", 0),
              is("centered"));
      case "nadam" ->
          new NAdam(
              n, rate, beta1, beta2, epsilon, decay, number("momentum_decay", 0.004), decoupled);
      case "radam" -> new RAdam(n, rate, beta1, beta2, epsilon, decay, decoupled);
      case "lion" -> new Lion(n, rate, beta1, beta2, decay);
      default -> throw new AssertionError(kind);
    };
  }

  private double number(String name, double otherwise) {
    String given = settings.get(name);
    return given == null ? otherwise : Double.parseDouble(given);
  }

  private boolean is(String name) {
    return "True".equals(settings.get(name));
  }
}
