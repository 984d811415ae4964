"""What docs/artifact-format.md says of the weights of leaves and of intervals, beside scripts/read_artifact.py."""

import struct


class Numbers:
    """Takes numbers off the front of a block: LEB128, or f32 where the first byte says so."""

    def __init__(self, block):
        self.block, self.place, self.is_real = block, 1, block[0] == 1

    def whole(self):
        number = shift = 0
        while True:
            byte = self.block[self.place]
            self.place += 1
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def weight(self):
        if not self.is_real:
            return self.whole()
        self.place += 4
        return struct.unpack_from("<f", self.block, self.place - 4)[0]


def weights_of_roots(forest, blocks):
    """The weight of the rows that each tree saw."""
    numbers, root, totals = Numbers(blocks["forest.covers"]), 0, []
    for nodes, _ in forest.trees:
        leaves = (node for node in range(root, root + nodes) if forest.leaf(node) is not None)
        totals.append(sum(numbers.weight() for _ in leaves))
        root += nodes
    assert numbers.place == len(numbers.block), "bytes are left over"
    return totals


class Intervals:
    """The targets in the leaves of a forest, and the margins."""

    def __init__(self, forest, blocks):
        self.forest = forest
        self.targets = [target for (target,) in struct.iter_unpack("<d", blocks["forest.targets"])]
        self.level, *self.margins = (number for (number,) in struct.iter_unpack("<d", blocks["forest.calibration"]))
        numbers, root, self.of_leaf = Numbers(blocks["forest.leaf_targets"]), 0, {}
        for nodes, leaf_base in forest.trees:
            for node in range(root, root + nodes):
                if forest.leaf(node) is not None:
                    answer = forest.leaves[leaf_base + forest.leaf(node)]
                    self.of_leaf[node] = self.entries(numbers, answer)
            root += nodes
        assert numbers.place == len(numbers.block), "bytes are left over"

    def entries(self, numbers, answer):
        """The targets of a leaf, with their weights."""
        count, behind, entries = numbers.whole(), 0, []
        for _ in range(count):
            position = behind + numbers.whole()
            behind = position + 1
            entries.append((self.targets[position], numbers.weight()))
        return entries or [(answer, 1)]

    def around(self, row, level):
        """The interval of an encoded row at a level."""
        spread, root = [], 0
        for nodes, _ in self.forest.trees:
            entries = self.of_leaf[self.forest.walk(root, row)]
            total = sum(weight for _, weight in entries)
            spread += [(target, weight / total) for target, weight in entries]
            root += nodes
        spread.sort(key=lambda entry: entry[0])
        total = sum(weight for _, weight in spread)

        def quantile(p):
            sum_up = 0.0
            for target, weight in spread:
                sum_up += weight
                if sum_up >= total * (p - 1e-9):
                    return target

        place = (level - 0.5) * 100
        below = min(int(place), len(self.margins) - 1)
        above, part = min(below + 1, len(self.margins) - 1), place - below
        margin = self.margins[below] * (1 - part) + self.margins[above] * part
        prediction = self.forest.answer(row)[0]
        low, high = quantile((1 - level) / 2) - margin, quantile((1 + level) / 2) + margin
        return min(low, prediction), max(high, prediction)
