package org.adjoint.layers.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Stream;
import org.adjoint.autograd.Variable;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.layers.Activation;
import org.adjoint.layers.AttentionMask;
import org.adjoint.layers.BatchNorm;
import org.adjoint.layers.Bilinear;
import org.adjoint.layers.Conv2d;
import org.adjoint.layers.ConvTranspose2d;
import org.adjoint.layers.GroupNorm;
import org.adjoint.layers.Gru;
import org.adjoint.layers.GruCell;
import org.adjoint.layers.InstanceNorm;
import org.adjoint.layers.Layer;
import org.adjoint.layers.LayerNorm;
import org.adjoint.layers.Linear;
import org.adjoint.layers.Lstm;
import org.adjoint.layers.LstmCell;
import org.adjoint.layers.MultiHeadAttention;
import org.adjoint.layers.Network;
import org.adjoint.layers.PRelu;
import org.adjoint.layers.RecurrentOptions;
import org.adjoint.layers.RecurrentResult;
import org.adjoint.layers.RmsNorm;
import org.adjoint.layers.Rnn;
import org.adjoint.layers.RnnCell;
import org.adjoint.layers.Sequential;
import org.adjoint.layers.Setup;
import org.adjoint.layers.TransformerDecoderLayer;
import org.adjoint.layers.TransformerEncoderLayer;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Device;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * State dictionaries of PyTorch's modules load by name into the layers here, which then compute
 * what the modules do; state_dicts.py in src/test/python wrote them.
 */
class StateDictTest {
  private static final Device DEVICE = Backends.get("reference");

  /** Both sides compute in float64 from the same float32 parameters. */
  private static final double EXACT = 1e-9;

  private record Built(Network network, Function<Variable[], List<Variable>> call) {
    static Built of(Layer layer) {
      return new Built(layer, x -> List.of(layer.forward(x[0])));
    }
  }

  /** Two layers of a decoder. */
  private static final class Decoder extends Network {
    private final List<TransformerDecoderLayer> layers = new ArrayList<>();

    Decoder(Setup s) {
      for (int i = 0; i < 2; i++) {
        layers.add(
            child(
                String.valueOf(i),
                new TransformerDecoderLayer(s, 4, 2, 6, 0.1, Activation.relu(), true)));
      }
    }

    Variable forward(Variable x, Variable memory) {
      Variable y = x;
      for (TransformerDecoderLayer layer : layers) {
        y = layer.forward(y, memory);
      }
      return y;
    }
  }

  private static Path file(String name) throws URISyntaxException {
    String path = "/org/adjoint/layers/state_dicts/" + name + ".safetensors";
    return Path.of(Objects.requireNonNull(StateDictTest.class.getResource(path)).toURI());
  }

  private static List<Variable> all(RecurrentResult r) {
    Variable c = r.c();
    return c == null ? List.of(r.y(), r.h()) : List.of(r.y(), r.h(), c);
  }

  private static Built build(String name, Setup s) {
    RecurrentOptions deep = RecurrentOptions.DEFAULT.layers(2).bothWays();
    return switch (name) {
      case "rnn" -> {
        Rnn rnn = new Rnn(s, 3, 2, true, deep);
        yield new Built(rnn, x -> all(rnn.run(x[0], x[1], null)));
      }
      case "gru" -> {
        Gru gru = new Gru(s, 3, 2, deep);
        yield new Built(gru, x -> all(gru.run(x[0], x[1], null)));
      }
      case "lstm" -> {
        Lstm lstm = new Lstm(s, 3, 2, deep.dropout(0.5));
        yield new Built(lstm, x -> all(lstm.run(x[0], x[1], x[2], null)));
      }
      case "lstm_steps_first" -> {
        RecurrentOptions options = RecurrentOptions.DEFAULT.layers(3).stepsFirst().withoutBias();
        Lstm lstm = new Lstm(s, 3, 2, options);
        yield new Built(lstm, x -> all(lstm.run(x[0], x[1], x[2], null)));
      }
      case "rnn_cell" -> {
        RnnCell cell = new RnnCell(s, 3, 2);
        yield new Built(cell, x -> List.of(cell.forward(x[0], x[1])));
      }
      case "gru_cell" -> {
        GruCell cell = new GruCell(s, 3, 2);
        yield new Built(cell, x -> List.of(cell.forward(x[0], x[1])));
      }
      case "lstm_cell" -> {
        LstmCell cell = new LstmCell(s, 3, 2);
        yield new Built(
            cell,
            x -> {
              LstmCell.State after = cell.forward(x[0], new LstmCell.State(x[1], x[2]));
              return List.of(after.h(), after.c());
            });
      }
      default -> attention(name, s);
    };
  }

  private static Built attention(String name, Setup s) {
    return switch (name) {
      case "attention" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 6, 3);
        yield new Built(a, x -> List.of(a.attend(x[0], x[1], x[1], AttentionMask.NONE)));
      }
      case "attention_widths" -> {
        MultiHeadAttention a = new MultiHeadAttention(s, 6, 3, 4, 5, 0, true);
        yield new Built(a, x -> List.of(a.attend(x[0], x[1], x[2], AttentionMask.NONE)));
      }
      case "encoder" -> Built.of(new TransformerEncoderLayer(s, 4, 2, 6, 0.1));
      case "encoders" ->
          Built.of(
              new Sequential(
                  new TransformerEncoderLayer(s, 4, 2, 6, 0.1, Activation.gelu(), true),
                  new TransformerEncoderLayer(s, 4, 2, 6, 0.1, Activation.gelu(), true),
                  new LayerNorm(s, 4)));
      case "decoder" -> {
        TransformerDecoderLayer d = new TransformerDecoderLayer(s, 4, 2, 6, 0.1);
        yield new Built(d, x -> List.of(d.forward(x[0], x[1])));
      }
      case "decoders" -> {
        Decoder d = new Decoder(s);
        yield new Built(d, x -> List.of(d.forward(x[0], x[1])));
      }
      case "images" ->
          Built.of(
              new Sequential(
                  new Conv2d(s, 2, 4, 3, 3, Conv2dSpec.of(1, 1, 1, 1), false),
                  new BatchNorm(s, 4),
                  new PRelu(s, 4, 0.25),
                  new ConvTranspose2d(s, 4, 2, 2, 2, 0, 0, 1, 1, true),
                  new GroupNorm(s, 2, 2),
                  new InstanceNorm(s, 2, 1e-5, true)));
      case "features" ->
          Built.of(
              new Sequential(
                  new Linear(s, 5, 4),
                  new BatchNorm(s, 4),
                  new LayerNorm(s, 4),
                  new RmsNorm(s, 4)));
      case "bilinear" -> {
        Bilinear b = new Bilinear(s, 3, 2, 4, true);
        yield new Built(b, x -> List.of(b.forward(x[0], x[1])));
      }
      default -> throw new AssertionError(name);
    };
  }

  /** A stack's layers are the first parts of a chain, its norm is the last. */
  private static String chained(String name) {
    return name.startsWith("norm.") ? "2." + name.substring(5) : name.replace("layers.", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rnn",
        "gru",
        "lstm",
        "lstm_steps_first",
        "rnn_cell",
        "gru_cell",
        "lstm_cell",
        "attention",
        "attention_widths",
        "encoder",
        "encoders",
        "decoder",
        "decoders",
        "images",
        "features",
        "bilinear"
      })
  void loadsByNameAndComputesTheSame(String name) throws Exception {
    Map<String, Tensor> values = Safetensors.read(file("values"), DEVICE).tensors();
    Built built = build(name, Setup.of(DEVICE, DType.F64, 5));
    StateDict dict = StateDict.read(file(name), DEVICE);
    StateDict.Report report = dict.renamed(StateDictTest::chained).loadStrict(built.network());
    assertTrue(report.isComplete(), report.toString());
    assertEquals(built.network().tensors().size(), report.loaded().size());
    built.network().eval();
    Variable[] inputs =
        Stream.of("x0", "x1", "x2")
            .map(x -> values.get(name + "." + x))
            .filter(Objects::nonNull)
            .map(Variable::of)
            .toArray(Variable[]::new);
    List<Variable> outputs = built.call().apply(inputs);
    for (int i = 0; i < outputs.size(); i++) {
      Tensor expected = Objects.requireNonNull(values.get(name + ".y" + i));
      Tensor y = outputs.get(i).value();
      assertEquals(expected.shape(), y.shape());
      double[] e = expected.toDoubleArray();
      double[] got = y.toDoubleArray();
      for (int j = 0; j < e.length; j++) {
        assertEquals(e[j], got[j], EXACT * Math.max(1, Math.abs(e[j])), name + " y" + i);
      }
    }
    assertFalse(values.containsKey(name + ".y" + outputs.size()));
  }
}
