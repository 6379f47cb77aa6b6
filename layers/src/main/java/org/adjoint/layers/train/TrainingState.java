package org.adjoint.layers.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.adjoint.autograd.RandomStream;
import org.adjoint.layers.io.Checkpoint;
import org.adjoint.layers.io.CheckpointException;
import org.adjoint.layers.io.Safetensors;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.Tensor;

/** A {@link Trainer} between two batches, in a safetensors file. */
final class TrainingState {
  /** Sets the optimizer's tensors apart from the network's. */
  private static final String OPTIMIZER = "optimizer:";

  /** Sets apart the tensors of listener number n, {@code listener:n:}. */
  private static final String LISTENER = "listener:";

  private static final String LOADER = "loader.";
  private static final String BATCH = "batch";
  private static final String METRICS = "metrics";
  private static final String EPOCHS = "epochs_done";
  private static final String STEP = "step";
  private static final String SECONDS = "train_seconds";
  private static final String HISTORY = "history";

  private TrainingState() {}

  static void save(Path file, Trainer trainer) {
    LinkedHashMap<String, Tensor> tensors = new LinkedHashMap<>(trainer.task.network().tensors());
    trainer.optimizer.state().forEach((name, t) -> tensors.put(OPTIMIZER + name, t));
    for (int i = 0; i < trainer.listeners.size(); i++) {
      String prefix = LISTENER + i + ":";
      trainer.listeners.get(i).state().forEach((name, t) -> tensors.put(prefix + name, t));
    }
    LinkedHashMap<String, String> metadata = new LinkedHashMap<>();
    metadata.put(EPOCHS, String.valueOf(trainer.epochsDone));
    metadata.put(STEP, String.valueOf(trainer.progress.step));
    metadata.put(SECONDS, String.valueOf(trainer.trainSeconds));
    metadata.put(HISTORY, new History(trainer.results, trainer.trainSeconds).csv());
    // In the middle of an epoch the data go on from its start, with the batches given passed over.
    int batch = trainer.epochsDone >= trainer.progress.epoch ? 0 : trainer.progress.batch;
    metadata.put(BATCH, String.valueOf(batch));
    metadata.put(METRICS, trainer.progress.metrics.text());
    trainer
        .loader
        .streams()
        .forEach(
            (name, s) -> {
              long at = batch == 0 ? s.offset() : trainer.epochStart.getOrDefault(name, 0L);
              metadata.put(LOADER + name, s.seed() + ":" + at);
            });
    Safetensors.write(file, tensors, Checkpoint.metadata(trainer.task.network(), metadata));
  }

  static void resume(Path file, Trainer trainer) {
    Tensor first = trainer.task.network().tensors().values().iterator().next();
    Safetensors.Contents contents = Safetensors.read(file, first.device());
    LinkedHashMap<String, Tensor> network = new LinkedHashMap<>();
    LinkedHashMap<String, Tensor> optimizer = new LinkedHashMap<>();
    LinkedHashMap<String, Tensor> listeners = new LinkedHashMap<>();
    contents
        .tensors()
        .forEach(
            (name, t) -> {
              if (name.startsWith(OPTIMIZER)) {
                optimizer.put(name.substring(OPTIMIZER.length()), t);
              } else if (name.startsWith(LISTENER)) {
                listeners.put(name, t);
              } else {
                network.put(name, t);
              }
            });
    Map<String, String> metadata = contents.metadata();
    try {
      int epochs = Integer.parseInt(required(file, metadata, EPOCHS));
      long step = Long.parseLong(required(file, metadata, STEP));
      double seconds = Double.parseDouble(required(file, metadata, SECONDS));
      int batch = Integer.parseInt(required(file, metadata, BATCH));
      List<EpochResult> results = history(required(file, metadata, HISTORY));
      trainer
          .loader
          .streams()
          .forEach((name, s) -> position(file, s, required(file, metadata, LOADER + name)));
      Checkpoint.restore(file, trainer.task.network(), network, metadata);
      trainer.optimizer.restore(optimizer);
      trainer.progress.metrics.text(required(file, metadata, METRICS));
      trainer.progress.batch = batch;
      trainer.progress.epoch = epochs + (batch > 0 ? 1 : 0);
      trainer.epochStart.clear();
      trainer.loader.streams().forEach((name, s) -> trainer.epochStart.put(name, s.offset()));
      restoreListeners(trainer, listeners);
      trainer.epochsDone = epochs;
      trainer.progress.step = step;
      trainer.progress.learningRate = trainer.rate(Math.max(0, step - 1));
      trainer.trainSeconds = seconds;
      trainer.results.clear();
      trainer.results.addAll(results);
    } catch (NumberFormatException e) {
      throw new CheckpointException("resume", file.toString(), e, "its metadata is damaged");
    } catch (CheckpointException e) {
      throw e;
    } catch (AdjointException e) {
      throw new CheckpointException(
          "resume", file.toString(), e, "it was saved with another optimizer or network");
    }
  }

  private static void restoreListeners(Trainer trainer, Map<String, Tensor> tensors) {
    for (int i = 0; i < trainer.listeners.size(); i++) {
      String prefix = LISTENER + i + ":";
      LinkedHashMap<String, Tensor> own = new LinkedHashMap<>();
      tensors.forEach(
          (name, t) -> {
            if (name.startsWith(prefix)) {
              own.put(name.substring(prefix.length()), t);
            }
          });
      if (!own.isEmpty()) {
        trainer.listeners.get(i).restore(own);
      }
    }
  }

  private static String required(Path file, Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new CheckpointException(
          "resume",
          file.toString(),
          "a file without \"" + key + "\"",
          "only what Trainer.save wrote, with the same settings, can be resumed");
    }
    return value;
  }

  private static void position(Path file, RandomStream stream, String saved) {
    String seed = stream.seed() + ":";
    if (!saved.startsWith(seed)) {
      throw new CheckpointException(
          "resume", file.toString(), "of another seed, " + saved, "use the same seeds");
    }
    stream.offset(Long.parseLong(saved.substring(seed.length())));
  }

  private static List<EpochResult> history(String csv) {
    List<EpochResult> all = new ArrayList<>();
    String[] lines = csv.split("\n");
    for (int i = 1; i < lines.length; i++) {
      String[] f = lines[i].split(",", -1);
      if (f.length != 8) {
        throw new NumberFormatException("a history line of " + f.length + " fields");
      }
      all.add(
          new EpochResult(
              Integer.parseInt(f[0]),
              Long.parseLong(f[1]),
              number(f[2]),
              number(f[3]),
              number(f[4]),
              number(f[5]),
              number(f[6]),
              number(f[7])));
    }
    return all;
  }

  private static double number(String field) {
    return field.isEmpty() ? Double.NaN : Double.parseDouble(field);
  }
}
