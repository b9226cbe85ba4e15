-- Whether a decision is rectified is asked for each decision there is.
create index decision_by_rectified on decision (rectifies_id);
