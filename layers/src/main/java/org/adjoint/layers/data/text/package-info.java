/** Text as numbers: tokenisers, vocabularies, annotated sentences. */
@NullMarked
package org.adjoint.layers.data.text;

import org.jspecify.annotations.NullMarked;
