//! Whose turn it is. Companies that wait share the room evenly. One with few jobs, or with none running, need not wait
//! until others' jobs end: there is as much room again for it, and each job of it that runs takes the room of two from those
//! with many, which all need the same processor and disk. So ten notes are hardly slowed down by ten thousand of somebody
//! else, and nobody is held up by the length of others' notes.

use std::collections::HashMap;

use super::MESSAGE_STATES;

/// How many jobs may run at the same time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Of anybody.
    pub(super) ordinary: usize,
}

impl Room {
    /// Together with those of companies that have few.
    pub(super) const fn most(self) -> usize {
        self.ordinary.saturating_mul(2)
    }
}

/// A company that waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waiting<'a> {
    pub(super) turn: &'a String,
    /// When its first job became due.
    pub(super) due: i64,
    /// How many of its jobs are due. Of those that have more than there is room for, any such number.
    pub(super) jobs: usize,
}

/// How many jobs of each company are running.
#[derive(Debug, Clone, Default)]
pub(super) struct Turns(HashMap<String, usize>);

impl Turns {
    /// A job of this company is begun.
    pub(super) fn begins(&mut self, turn: &str) {
        let running = self.0.entry(turn.to_owned()).or_default();
        *running = running.saturating_add(1);
    }

    /// One that was begun has ended.
    pub(super) fn ends(&mut self, turn: &str) {
        if let Some(running) = self.0.get_mut(turn) {
            *running = running.saturating_sub(1);
        }
        self.0.retain(|_, running| *running > 0);
    }

    /// Which of these companies is next: the one with the fewest running, and of equals the one that has waited longest.
    /// `None` if none of them may begin one more beside so many that are running of all companies.
    pub(super) fn next<'a>(&self, room: Room, running: usize, waiting: &[Waiting<'a>]) -> Option<&'a String> {
        let taken_by_few = self.running_of_few(room, waiting);
        let may_begin = |company: &&Waiting<'_>| {
            let own = self.of(company.turn);
            if has_few(company.turn, own.saturating_add(company.jobs), room) {
                own < room.ordinary && running < room.most()
            } else {
                running.saturating_add(taken_by_few) < room.ordinary || (own == 0 && running < room.most())
            }
        };
        let next = waiting.iter().filter(may_begin);
        next.min_by_key(|company| (self.of(company.turn), company.due)).map(|company| company.turn)
    }

    /// How many are running of companies that have few, the running ones included.
    fn running_of_few(&self, room: Room, waiting: &[Waiting<'_>]) -> usize {
        let jobs = |turn: &String| {
            waiting.iter().find(|company| company.turn == turn).map_or(0, |company| company.jobs)
        };
        let few = self.0.iter().filter(|(turn, own)| has_few(turn, own.saturating_add(jobs(turn)), room));
        few.map(|(_, own)| own).sum()
    }

    fn of(&self, turn: &str) -> usize {
        self.0.get(turn).copied().unwrap_or(0)
    }
}

/// Nobody waits for what became of an answer: it never goes before a note.
fn has_few(turn: &str, jobs: usize, room: Room) -> bool {
    turn != MESSAGE_STATES && jobs <= room.most()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Room = Room { ordinary: 10 };

    /// Begins what may begin, of two companies with so many running and waiting, and answers what is running then.
    fn fill(running: [usize; 2], mut waiting: [usize; 2]) -> [usize; 2] {
        let names = ["large", "small"].map(str::to_owned);
        let mut turns = Turns::default();
        for (name, running) in names.iter().zip(running) {
            (0..running).for_each(|_| turns.begins(name));
        }
        loop {
            let now = [&names[0], &names[1]].map(|name| turns.of(name));
            let companies = names.iter().zip(waiting).filter(|(_, jobs)| *jobs > 0);
            let companies: Vec<_> = companies.map(|(turn, jobs)| Waiting { turn, due: 0, jobs }).collect();
            let Some(next) = turns.next(TEN, now.iter().sum(), &companies) else { return now };
            waiting[usize::from(*next == names[1])] -= 1;
            turns.begins(next);
        }
    }

    #[test]
    fn b22_those_with_many_share_the_room_evenly() {
        assert_eq!(fill([0, 0], [500, 500]), [5, 5]);
        assert_eq!(fill([9, 0], [500, 500]), [9, 1]);
    }

    #[test]
    fn b22_who_has_few_begins_at_once_beside_whoever_has_many() {
        assert_eq!(fill([10, 0], [9_990, 10]), [10, 10]);
        assert_eq!(fill([9, 10], [9_990, 0]), [9, 10], "and those with many wait meanwhile");
        assert_eq!(fill([0, 10], [9_990, 0]), [1, 10], "but for one");
        assert_eq!(fill([4, 3], [9_990, 0]), [4, 3]);
        assert_eq!(fill([3, 3], [9_990, 0]), [4, 3]);
        assert_eq!(fill([9, 0], [9_990, 0]), [10, 0]);
    }

    #[test]
    fn b22_who_has_nothing_running_begins_one_however_much_others_have() {
        assert_eq!(fill([10, 0], [500, 500]), [10, 1]);
    }

    #[test]
    fn b22_reports_of_deliveries_take_no_room_that_is_for_notes() {
        let (reports, few) = (MESSAGE_STATES.to_owned(), "few".to_owned());
        let mut turns = Turns::default();
        (0..9).for_each(|_| turns.begins("many"));
        let both = [Waiting { turn: &reports, due: 0, jobs: 15 }, Waiting { turn: &few, due: 9, jobs: 10 }];
        assert_eq!(turns.next(TEN, 9, &both), Some(&reports), "one of them");
        turns.begins(&reports);
        for running in 10..20 {
            assert_eq!(turns.next(TEN, running, &both), Some(&few));
            turns.begins(&few);
        }
    }

    #[test]
    fn b22_alone_nobody_has_more_than_the_ordinary_room() {
        assert_eq!(fill([0, 0], [0, 15]), [0, 10]);
        assert_eq!(fill([0, 0], [500, 0]), [10, 0]);
    }

    #[test]
    fn b22_of_equals_the_one_that_waited_longest_is_next() {
        let [early, late] = ["late in the alphabet", "early in the alphabet"].map(str::to_owned);
        let waiting = [(&late, 7), (&early, 3)].map(|(turn, due)| Waiting { turn, due, jobs: 1 });
        assert_eq!(Turns::default().next(TEN, 0, &waiting), Some(&early));
        assert_eq!(Turns::default().next(TEN, 0, &[]), None);
    }
}
