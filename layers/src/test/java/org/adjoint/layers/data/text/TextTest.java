package org.adjoint.layers.data.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.adjoint.layers.data.DataException;
import org.adjoint.tensor.ArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextTest {
  @TempDir Path folder;

  private void refused(String part, Runnable action) {
    DataException e = assertThrows(DataException.class, action::run);
    assertTrue(String.valueOf(e.getMessage()).contains(part), () -> part + " in " + e.getMessage());
  }

  private Path file(String text) {
    try {
      return Files.writeString(folder.resolve("f"), text);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void characters() {
    CharTokenizer t = CharTokenizer.of("banana 𝄞\n");
    int[] tokens = t.encode("nab𝄞!");
    assertEquals("nab𝄞<unk>", t.decode(tokens));
    assertEquals(Vocabulary.UNKNOWN, tokens[4]);
    assertEquals(4 + 6, t.vocabulary().size());
    Path file = folder.resolve("v");
    t.vocabulary().save(file);
    CharTokenizer back = new CharTokenizer(Vocabulary.load(file));
    assertEquals(t.vocabulary().tokens(), back.vocabulary().tokens());
    assertArrayEquals(t.encode("a\nb"), back.encode("a\nb"));
    assertThrows(ArgumentException.class, () -> t.decode(10));
    assertThrows(ArgumentException.class, () -> t.decode(-1));
  }

  @Test
  void vocabulariesThatAreNone() throws IOException {
    Path file = folder.resolve("v");
    Vocabulary.of(List.of("a\\b", "c\rd", "a\\b")).save(file);
    assertEquals("a\\b", Vocabulary.load(file).token(4));
    assertEquals("c\rd", Vocabulary.load(file).token(5));
    assertEquals(6, Vocabulary.load(file).size());
    refused("line 2", () -> Vocabulary.load(file("<pad>\n<pad>\n")));
    refused("<unk>", () -> Vocabulary.load(file("<pad>\na\n")));
    refused("missing", () -> Vocabulary.load(folder.resolve("none")));
  }

  @Test
  void words() {
    String text = "the cat, the dog; the cat's über-hut. a_b 42!";
    assertEquals(
        List.of(
            "the", "cat", ",", "the", "dog", ";", "the", "cat's", "über", "-", "hut", ".", "a_b",
            "42", "!"),
        WordTokenizer.words(text));
    WordTokenizer t = WordTokenizer.of("b b a a c the the the", 3, 2);
    assertEquals(List.of("the", "a", "b"), t.vocabulary().tokens().subList(4, 7));
    assertEquals("the a <unk>", t.decode(t.encode("the a c")));
    assertEquals(4, WordTokenizer.of("a b", 10, 2).vocabulary().size());
    assertThrows(ArgumentException.class, () -> WordTokenizer.of("a", -1, 0));
    assertThrows(ArgumentException.class, () -> WordTokenizer.of("a", 1, -1));
  }

  /** The words and counts of the example in Sennrich et al., 2016, listing 1. */
  @Test
  void bytePairs() throws IOException {
    String text = "low ".repeat(5) + "lower ".repeat(2) + "newest ".repeat(6) + "widest ".repeat(3);
    BytePairTokenizer t = BytePairTokenizer.learn(text, 10);
    Path file = folder.resolve("bpe");
    t.save(file);
    // Of equally frequent pairs the first in alphabetical order.
    assertEquals(
        List.of(
            "e s",
            "es t</w>",
            "l o",
            "e w",
            "ew est</w>",
            "n ewest</w>",
            "lo w</w>",
            "d est</w>",
            "i dest</w>",
            "w idest</w>"),
        Files.readAllLines(file).subList(1, 11));
    assertEquals(List.of("lo", "w", "est</w>"), t.pieces("lowest"));
    assertEquals(List.of("newest</w>", "lo", "w", "e", "r</w>"), t.pieces("  newest\tlower "));
    int[] tokens = t.encode("lowest newest wider");
    assertEquals("lowest newest wider", t.decode(tokens));
    assertEquals("lo<unk>", t.decode(t.encode("loß")));
    BytePairTokenizer back = BytePairTokenizer.load(file);
    assertEquals(t.vocabulary().tokens(), back.vocabulary().tokens());
    assertArrayEquals(tokens, back.encode("lowest newest wider"));
    assertEquals(0, t.encode(" ").length);
    // No more pairs than there are.
    assertEquals(4 + 6 + 3, BytePairTokenizer.learn("abc abc", 100).vocabulary().size() - 0 + 1);
    assertThrows(ArgumentException.class, () -> BytePairTokenizer.learn("a", -1));
    refused("empty", () -> BytePairTokenizer.load(file("")));
    refused("line 3", () -> BytePairTokenizer.load(file("abc\na b\nab\n")));
    refused("line 2", () -> BytePairTokenizer.load(file("abc\n b\n")));
    refused("line 2", () -> BytePairTokenizer.load(file("abc\na \n")));
  }

  /** Updated counts must join what counting anew would. */
  @Test
  void bytePairsOfManyWordsDecodeToTheText() {
    StringBuilder text = new StringBuilder();
    java.util.SplittableRandom random = new java.util.SplittableRandom(3);
    for (int i = 0; i < 400; i++) {
      for (int k = 1 + random.nextInt(7); k > 0; k--) {
        text.append((char) ('a' + random.nextInt(4)));
      }
      text.append(i < 399 ? " " : "");
    }
    BytePairTokenizer t = BytePairTokenizer.learn(text.toString(), 80);
    int[] tokens = t.encode(text.toString());
    assertEquals(text.toString(), t.decode(tokens));
    assertTrue(tokens.length < text.length() / 2, tokens.length + " of " + text.length());
    for (int token : tokens) {
      assertFalse(token == Vocabulary.UNKNOWN);
    }
  }

  /** No character is the end mark: a text that holds what it looks like comes back. */
  @Test
  void bytePairsOfTextThatHoldsTheMark() {
    String text = "a</w>b </w> x</w> \\</w>\\ a</w>b a</w>b </w></w> <w>w</w> \\n a\\ a</w";
    for (int merges : new int[] {0, 3, 8, 100}) {
      BytePairTokenizer t = BytePairTokenizer.learn(text, merges);
      int[] tokens = t.encode(text);
      assertEquals(text, t.decode(tokens));
      Path file = folder.resolve("marks");
      t.save(file);
      BytePairTokenizer back = BytePairTokenizer.load(file);
      assertEquals(t.vocabulary().tokens(), back.vocabulary().tokens());
      assertArrayEquals(tokens, back.encode(text));
    }
    assertEquals(
        List.of("a", "<", "/", "w", "></w>"), BytePairTokenizer.learn(text, 0).pieces("a</w>"));
  }

  private static final String LINE = "\tx\tx\tN\t_\t_\t0\troot\t_\t_\n";

  @Test
  void sentences() {
    Path file =
        file(
            "# text = Im Haus\n1-2\tIm\t_\t_\t_\t_\t_\t_\t_\t_\n1"
                + LINE
                + "2"
                + LINE
                + "2.1"
                + LINE
                + "3"
                + LINE
                + "\n\n# b\n1"
                + LINE);
    List<Conllu.Sentence> s = Conllu.read(file).sentences();
    assertEquals(2, s.size());
    assertEquals(List.of("text = Im Haus"), s.get(0).comments());
    assertEquals(5, s.get(0).tokens().size());
    assertEquals(3, s.get(0).words().size());
    assertEquals("Im", s.get(0).tokens().get(0).form());
    assertEquals("root", s.get(1).words().get(0).deprel());
    refused("line 2", () -> Conllu.read(file("1" + LINE + "3" + LINE)));
    refused("line 1", () -> Conllu.read(file("a" + LINE)));
    refused("2 fields", () -> Conllu.read(file("1\tx\n")));
    refused("field 4", () -> Conllu.read(file("1\tx\tx\t\t_\t_\t0\troot\t_\t_\n")));
    refused("missing", () -> Conllu.read(folder.resolve("none")));
  }
}
