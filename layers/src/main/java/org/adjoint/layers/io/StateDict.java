package org.adjoint.layers.io;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.adjoint.layers.Network;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Storage;
import org.adjoint.tensor.Tensor;

/**
 * Named tensors of a model made elsewhere, such as a PyTorch state dictionary that was saved as
 * safetensors, to be put into a network by name.
 *
 * <pre>{@code
 * StateDict dict = StateDict.read(file, device).renamed(n -> n.replace("encoder.", "0."));
 * StateDict.Report report = dict.load(model);
 * }</pre>
 *
 * <p>Layers name and shape their parameters as PyTorch's do. Floating types are converted to those
 * of the network. PyTorch's counters {@code num_batches_tracked}, which nothing here needs, are
 * passed over.
 */
public final class StateDict {
  private static final String COUNTER = "num_batches_tracked";

  private final String source;
  private final Map<String, Tensor> tensors;

  private StateDict(String source, Map<String, Tensor> tensors) {
    this.source = source;
    this.tensors = Collections.unmodifiableMap(tensors);
  }

  /**
   * What fitted and what did not.
   *
   * @param loaded names of the network that got their values
   * @param missing names of the network that the dictionary lacks
   * @param unexpected names of the dictionary that the network lacks
   * @param mismatched names of both whose shapes or kinds differ, with the two
   */
  public record Report(
      List<String> loaded, List<String> missing, List<String> unexpected, List<String> mismatched) {
    /** Copies the lists. */
    public Report {
      loaded = List.copyOf(loaded);
      missing = List.copyOf(missing);
      unexpected = List.copyOf(unexpected);
      mismatched = List.copyOf(mismatched);
    }

    /** Returns whether every name of either side found its counterpart. */
    public boolean isComplete() {
      return missing.isEmpty() && unexpected.isEmpty() && mismatched.isEmpty();
    }

    /** Returns a line for each kind of difference. */
    @Override
    public String toString() {
      return "loaded "
          + loaded.size()
          + " tensors"
          + line("missing", missing)
          + line("unexpected", unexpected)
          + line("mismatched", mismatched);
    }

    private static String line(String what, List<String> names) {
      return names.isEmpty() ? "" : "\n" + what + ": " + String.join(", ", names);
    }
  }

  /**
   * Reads a safetensors file, or an npz archive if its name ends so.
   *
   * @throws CheckpointException if the file is missing, unreadable or damaged
   */
  public static StateDict read(Path file, Device device) {
    return new StateDict(
        file.toString(),
        file.toString().endsWith(".npz")
            ? Npz.read(file, device)
            : Safetensors.read(file, device).tensors());
  }

  /** Returns the tensors by name. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * Returns the same tensors under other names.
   *
   * @throws CheckpointException if two get the same
   */
  public StateDict renamed(UnaryOperator<String> names) {
    LinkedHashMap<String, Tensor> others = new LinkedHashMap<>();
    tensors.forEach(
        (name, t) -> {
          if (others.put(names.apply(name), t) != null) {
            throw new CheckpointException(
                "rename", name, names.apply(name), "another tensor has that name already");
          }
        });
    return new StateDict(source, others);
  }

  /** Compares names and shapes with those of a network; nothing is changed. */
  public Report compare(Network network) {
    Map<String, Tensor> own = network.tensors();
    List<String> loaded = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    List<String> mismatched = new ArrayList<>();
    Set<Storage> filled = Collections.newSetFromMap(new IdentityHashMap<>());
    own.forEach(
        (name, t) -> {
          Tensor given = tensors.get(name);
          if (given == null) {
            missing.add(name);
          } else if (!given.shape().equals(t.shape())
              || given.dtype().isFloating() != t.dtype().isFloating()) {
            mismatched.add(
                name
                    + " ("
                    + given.dtype()
                    + given.shape()
                    + " for "
                    + t.dtype()
                    + t.shape()
                    + ")");
          } else {
            loaded.add(name);
            filled.add(t.storage());
          }
        });
    // A shared parameter is saved under one of its names only.
    missing.removeIf(name -> filled.contains(of(own, name).storage()));
    List<String> unexpected = new ArrayList<>(tensors.keySet());
    unexpected.removeIf(name -> own.containsKey(name) || name.endsWith(COUNTER));
    return new Report(loaded, missing, unexpected, mismatched);
  }

  /**
   * Puts every tensor that fits into a network; the rest stays as it is, and is reported.
   *
   * @throws CheckpointException if a value is too large for the network's type, or the network
   *     belongs to an inference; nothing is changed then
   */
  public Report load(Network network) {
    Report report = compare(network);
    Checkpoint.requireOpen(source, network);
    Map<String, Tensor> own = network.tensors();
    LinkedHashMap<String, Tensor> converted = new LinkedHashMap<>();
    for (String name : report.loaded()) {
      converted.put(name, converted(name, of(tensors, name), of(own, name)));
    }
    converted.forEach((name, t) -> Checkpoint.copy(t, of(own, name)));
    return report;
  }

  /**
   * Puts all tensors into a network, or none.
   *
   * @throws CheckpointException as {@link #load}, and if any name is missing, unexpected or
   *     mismatched
   */
  public Report loadStrict(Network network) {
    Report report = compare(network);
    if (!report.isComplete()) {
      throw new CheckpointException(
          "load",
          source,
          "a state dictionary that does not fit: " + report.toString().replace('\n', ' '),
          "rename its tensors, or load what fits with load()");
    }
    return load(network);
  }

  private static Tensor of(Map<String, Tensor> map, String name) {
    return Objects.requireNonNull(map.get(name));
  }

  private Tensor converted(String name, Tensor given, Tensor to) {
    if (given.dtype() == to.dtype()) {
      return given.device() == to.device() ? given : given.to(to.device());
    }
    double[] values = given.toDoubleArray();
    int[] dims = given.shape().toArray();
    if (to.dtype() == DType.F64) {
      return Tensor.of(to.device(), values, dims);
    }
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
      if (Float.isInfinite(floats[i]) && !Double.isInfinite(values[i])) {
        throw new CheckpointException(
            "load",
            source,
            "a file whose \"" + name + "\" holds " + values[i],
            "float32 cannot; make the network of float64");
      }
    }
    return Tensor.of(to.device(), floats, dims);
  }
}
