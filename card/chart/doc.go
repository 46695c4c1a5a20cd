// Package chart draws the picture of a merge: what each model gives to every layer of the result.
//
// [Draw] makes it from the facts of a card, together with the alt text that says the same in words. There are
// three pictures:
//
//   - Where the result is a weighted sum of models, a [recipe.Mean] or a [recipe.Interpolation], a strip for each part of the layers, with one
//     column a layer and in it the shares of the models; factors that are no shares grow from a
//     zero line.
//   - Where it is a base and weighted changes, [recipe.Changes], bars for each model: their height is the weight
//     in a layer, their fill the share of the changes that is kept, the density.
//   - Where it is layers stacked on each other, as of a [recipe.Stack], blocks in the order of the result, each with the layers that it
//     was taken from.
//
// The picture is 1600 pixels wide and 640 high, or higher where many rows need it. It has its own background, so
// that it reads well on a light and on a dark page; its type is large enough for a phone; and its
// colors are those of Okabe and Ito, which the color-blind can tell apart, with patterns from the third on.
//
// One merge has one picture, to the last bit, on every machine: all drawing is done with integers, on color indices, and so
// are the glyphs. For that reason this is not a plotting library, nor the rasterizer of golang.org/x/image/vector:
// both draw with floating point, which arm64 rounds in another way than amd64 does. What they would have
// done here is little: rectangles, and text, whose outlines come from golang.org/x/image/font/sfnt.
package chart
