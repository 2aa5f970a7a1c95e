//! The kinds of facts, and the order in which they like to come.

/// What a fact is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Schema,
    Extension,
    Collation,
    Enum,
    Domain,
    DomainConstraint,
    Type,
    Range,
    Sequence,
    Table,
    Column,
    Inherit,
    Function,
    Procedure,
    Aggregate,
    Default,
    Owned,
    Constraint,
    Index,
    Partition,
    Statistics,
    View,
    Matview,
    Setting,
    Rule,
    Trigger,
    Policy,
    EventTrigger,
    DefaultPrivileges,
    Owner,
    Grant,
    Comment,
    Unknown,
}

const NAMES: [(Kind, &str); 33] = [
    (Kind::Schema, "schema"),
    (Kind::Extension, "extension"),
    (Kind::Collation, "collation"),
    (Kind::Enum, "enum"),
    (Kind::Domain, "domain"),
    (Kind::DomainConstraint, "domain constraint"),
    (Kind::Type, "type"),
    (Kind::Range, "range"),
    (Kind::Sequence, "sequence"),
    (Kind::Table, "table"),
    (Kind::Column, "column"),
    (Kind::Inherit, "inherit"),
    (Kind::Function, "function"),
    (Kind::Procedure, "procedure"),
    (Kind::Aggregate, "aggregate"),
    (Kind::Default, "default"),
    (Kind::Owned, "owned"),
    (Kind::Constraint, "constraint"),
    (Kind::Index, "index"),
    (Kind::Partition, "partition"),
    (Kind::Statistics, "statistics"),
    (Kind::View, "view"),
    (Kind::Matview, "matview"),
    (Kind::Setting, "setting"),
    (Kind::Rule, "rule"),
    (Kind::Trigger, "trigger"),
    (Kind::Policy, "policy"),
    (Kind::EventTrigger, "event trigger"),
    (Kind::DefaultPrivileges, "default privileges"),
    (Kind::Owner, "owner"),
    (Kind::Grant, "grant"),
    (Kind::Comment, "comment"),
    (Kind::Unknown, "unknown"),
];

impl Kind {
    /// As the catalog query writes it.
    pub fn as_str(self) -> &'static str {
        NAMES.iter().find(|(kind, _)| *kind == self).map_or("unknown", |(_, name)| name)
    }

    /// The kind of this name; what is not known is [`Kind::Unknown`].
    pub fn of(name: &str) -> Self {
        NAMES.iter().find(|(_, known)| *known == name).map_or(Self::Unknown, |(kind, _)| *kind)
    }

    /// A type that a column can have.
    pub fn is_type(self) -> bool {
        matches!(self, Self::Enum | Self::Domain | Self::Type | Self::Range)
    }

    /// What has rows and columns, and what hangs on it by `on`.
    pub fn is_relation(self) -> bool {
        matches!(self, Self::Table | Self::View | Self::Matview)
    }

    pub fn is_routine(self) -> bool {
        matches!(self, Self::Function | Self::Procedure | Self::Aggregate)
    }

    /// Only said of something else, and gone with it.
    pub fn is_said_of(self) -> bool {
        matches!(self, Self::Comment | Self::Grant | Self::Owner | Self::Setting)
    }

    /// Goes with the relation or type it stands on.
    pub fn hangs_on(self) -> bool {
        self.is_said_of()
            || matches!(
                self,
                Self::Column
                    | Self::Default
                    | Self::Constraint
                    | Self::Index
                    | Self::Trigger
                    | Self::Policy
                    | Self::Rule
                    | Self::Statistics
                    | Self::DomainConstraint
            )
    }
}
