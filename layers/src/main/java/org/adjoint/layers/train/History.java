package org.adjoint.layers.train;

import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.adjoint.layers.io.Json;

/**
 * The course of a training run.
 *
 * @param epochs what each epoch gave, in order
 * @param trainSeconds from the first batch to the last update, warm-up included
 */
public record History(List<EpochResult> epochs, double trainSeconds) {
  private record Column(String name, ToDoubleFunction<EpochResult> value) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column("learning_rate", EpochResult::learningRate),
          new Column("train_loss", EpochResult::trainLoss),
          new Column("train_accuracy", EpochResult::trainAccuracy),
          new Column("held_out_loss", EpochResult::heldOutLoss),
          new Column("held_out_accuracy", EpochResult::heldOutAccuracy),
          new Column("seconds", EpochResult::seconds));

  /** Copies the list. */
  public History {
    epochs = List.copyOf(epochs);
  }

  /** Returns a line of names and a line an epoch, with empty fields for what is not known. */
  public String csv() {
    StringBuilder s = new StringBuilder("epoch,step");
    COLUMNS.forEach(c -> s.append(',').append(c.name()));
    s.append('\n');
    for (EpochResult e : epochs) {
      s.append(e.epoch()).append(',').append(e.step());
      for (Column c : COLUMNS) {
        double v = c.value().applyAsDouble(e);
        s.append(',').append(Double.isNaN(v) ? "" : Double.toString(v));
      }
      s.append('\n');
    }
    return s.toString();
  }

  /** Returns an array of objects, with null for what is not known. */
  public String json() {
    return epochs.stream()
        .map(
            e ->
                "  {\"epoch\": "
                    + e.epoch()
                    + ", \"step\": "
                    + e.step()
                    + COLUMNS.stream()
                        .map(
                            c ->
                                ", "
                                    + Json.text(c.name())
                                    + ": "
                                    + Json.number(c.value().applyAsDouble(e)))
                        .collect(Collectors.joining())
                    + "}")
        .collect(Collectors.joining(",\n", "[\n", "\n]\n"));
  }
}
