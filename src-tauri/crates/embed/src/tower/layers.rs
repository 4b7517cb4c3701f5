//! The layers of MobileNetV4 conv-small as a table.

/// Channels of the last layer.
pub(super) const FEATURES: usize = 960;

/// A group of convolutions that the paper names.
pub(super) enum Block {
    /// One convolution: name, side of its square, stride, inputs, outputs.
    Plain(&'static str, &'static str, usize, usize, usize, usize),
    /// A universal inverted bottleneck (section 4 of the paper): depthwise, widen, depthwise, narrow; each depthwise
    /// convolution may be absent (side 0).
    Bottleneck { name: &'static str, start: usize, middle: usize, stride: usize, channels: [usize; 3] },
}

pub(super) const CONVOLUTIONS: &[Block] = &[
    Block::Plain("conv_stem", "bn1", 3, 2, 3, 32),
    Block::Plain("blocks.0.0.conv", "blocks.0.0.bn1", 3, 2, 32, 32),
    Block::Plain("blocks.0.1.conv", "blocks.0.1.bn1", 1, 1, 32, 32),
    Block::Plain("blocks.1.0.conv", "blocks.1.0.bn1", 3, 2, 32, 96),
    Block::Plain("blocks.1.1.conv", "blocks.1.1.bn1", 1, 1, 96, 64),
    bottleneck("blocks.2.0", 5, 5, 2, [64, 192, 96]),
    bottleneck("blocks.2.1", 0, 3, 1, [96, 192, 96]),
    bottleneck("blocks.2.2", 0, 3, 1, [96, 192, 96]),
    bottleneck("blocks.2.3", 0, 3, 1, [96, 192, 96]),
    bottleneck("blocks.2.4", 0, 3, 1, [96, 192, 96]),
    bottleneck("blocks.2.5", 3, 0, 1, [96, 384, 96]),
    bottleneck("blocks.3.0", 3, 3, 2, [96, 576, 128]),
    bottleneck("blocks.3.1", 5, 5, 1, [128, 512, 128]),
    bottleneck("blocks.3.2", 0, 5, 1, [128, 512, 128]),
    bottleneck("blocks.3.3", 0, 5, 1, [128, 384, 128]),
    bottleneck("blocks.3.4", 0, 3, 1, [128, 512, 128]),
    bottleneck("blocks.3.5", 0, 3, 1, [128, 512, 128]),
    Block::Plain("blocks.4.0.conv", "blocks.4.0.bn1", 1, 1, 128, FEATURES),
];

const fn bottleneck(
    name: &'static str,
    start: usize,
    middle: usize,
    stride: usize,
    channels: [usize; 3],
) -> Block {
    Block::Bottleneck { name, start, middle, stride, channels }
}

/// One convolution with its batch normalisation.
pub(super) struct Convolution {
    pub name: String,
    pub norm: String,
    pub kind: Kind,
    pub stride: usize,
    pub inputs: usize,
    pub outputs: usize,
    /// Whether negative results become zero.
    pub relu: bool,
}

/// What an output of a convolution sees, in a square of this side.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// All channels.
    Dense(usize),
    /// Its own channel.
    Depthwise(usize),
}

/// How a convolution takes part in the sum of a bottleneck with its input.
#[derive(Clone, Copy, Default)]
pub(super) struct Step {
    pub keeps_input: bool,
    pub adds_kept: bool,
}

impl Convolution {
    /// Of its weight: `[outputs, inputs, side, side]`.
    pub(super) fn shape(&self) -> [usize; 4] {
        match self.kind {
            Kind::Dense(side) => [self.outputs, self.inputs, side, side],
            Kind::Depthwise(side) => [self.outputs, 1, side, side],
        }
    }
}

impl Block {
    /// Its convolutions in order.
    pub(super) fn convolutions(&self) -> Vec<(Convolution, Step)> {
        match *self {
            Block::Plain(name, norm, side, stride, inputs, outputs) => {
                let (name, norm) = (name.to_owned(), norm.to_owned());
                let convolution =
                    Convolution { name, norm, kind: Kind::Dense(side), stride, inputs, outputs, relu: true };
                vec![(convolution, Step::default())]
            }
            Block::Bottleneck { name, start, middle, stride, channels: [inputs, wide, outputs] } => {
                let part = |part: &str, kind, stride, inputs, outputs, relu| Convolution {
                    name: format!("{name}.{part}.conv"),
                    norm: format!("{name}.{part}.bn"),
                    kind,
                    stride,
                    inputs,
                    outputs,
                    relu,
                };
                // The depthwise convolution in the middle takes the stride where there is one.
                let (first, second) = if middle > 0 { (1, stride) } else { (stride, 1) };
                let mut parts = Vec::new();
                if start > 0 {
                    parts.push(part("dw_start", Kind::Depthwise(start), first, inputs, inputs, false));
                }
                parts.push(part("pw_exp", Kind::Dense(1), 1, inputs, wide, true));
                if middle > 0 {
                    parts.push(part("dw_mid", Kind::Depthwise(middle), second, wide, wide, true));
                }
                parts.push(part("pw_proj", Kind::Dense(1), 1, wide, outputs, false));
                let (last, adds) = (parts.len() - 1, stride == 1 && inputs == outputs);
                let step = |at| Step { keeps_input: adds && at == 0, adds_kept: adds && at == last };
                parts.into_iter().enumerate().map(|(at, part)| (part, step(at))).collect()
            }
        }
    }
}
