//! The review of a file and the desk.

use axum::body::Body;
use axum::http::{Request, header};
use chantier::store::statements::counted;
use serde_json::json;

use super::{Desk, faults};
use crate::support::on_both_databases;
use crate::support::world::assert_problem;

const REVIEW: &str = "/api/proposals/pro/review";

on_both_databases! {
    async fn a_file_is_complete_once_every_point_is_settled_and_its_owner_follows(database: Database) {
        let desk = Desk::new(&database).await;
        let page = desk.get("region_instructor", REVIEW).await;
        assert_eq!(page["review"]["status"], "received");
        assert_eq!(page["lead"]["title"], "Direction de l'\u{e9}conomie");
        assert_eq!(page["review"]["open_count"], 5);
        let version = page["review"]["version"].as_i64().expect("a version");
        let missing = json!({ "expected_version": version, "checks": [{ "item": "bank_details", "state": "missing", "note": "Un RIB est attendu" }] });
        assert_problem(&desk.put("owner", REVIEW, missing.clone()).await, 403, "role_missing");
        assert_eq!(desk.put("region_instructor", REVIEW, missing.clone()).await.0, 200);
        assert_problem(&desk.put("region_instructor", REVIEW, missing).await, 409, "version_changed");
        // The owner reads what is missing; a member of the chantier only where it stands.
        let seen = desk.get("owner", REVIEW).await;
        let checks = seen["review"]["checks"].as_array().expect("checks");
        assert!(checks.iter().any(|check| check["note"] == "Un RIB est attendu"));
        assert!(desk.get("member", REVIEW).await["review"]["checks"].is_null());
        assert_eq!(desk.world.get("elsewhere", REVIEW).await.0, 404);
        let wrong = json!({ "expected_version": version + 1, "checks": [{ "item": "evaluator", "state": "ok" }] });
        assert_eq!(faults(&desk.put("region_instructor", REVIEW, wrong).await), [("checks".into(), "unknown".into())]);
        let complete = json!({ "expected_version": version + 1, "is_complete": true });
        assert_problem(&desk.put("region_instructor", REVIEW, complete).await, 403, "review_incomplete");
        desk.complete("pro").await;
        assert_eq!(desk.get("owner", REVIEW).await["review"]["status"], "complete");
        let reopened = json!({ "expected_version": version + 2, "checks": [{ "item": "state_aid", "state": "missing" }] });
        let (_, page) = desk.put("region_instructor", REVIEW, reopened).await;
        assert_eq!(page["review"]["status"], "received", "a point that opens again ends it");
        let acts = desk.get("owner", "/api/proposals/pro").await;
        let acts: Vec<_> = acts["history"].as_array().expect("acts").iter().map(|act| act["act"].clone()).collect();
        for act in ["file_checked", "file_completed", "file_reopened"] {
            assert!(acts.contains(&act.into()), "{act}: {acts:?}");
        }
    }

    async fn a_direction_answers_for_itself_and_its_silence_means_no_remark(database: Database) {
        let desk = Desk::new(&database).await;
        let readings = "/api/proposals/pro/cross-readings";
        let own = desk.world.post("region_instructor", readings, json!({ "region_unit_ids": ["dir-eco"] })).await;
        assert_eq!(faults(&own), [("region_unit_ids".into(), "lead_direction".into())]);
        let (status, page) = desk.world.post("region_instructor", readings, json!({ "region_unit_ids": ["dir-num"] })).await;
        assert_eq!(status, 200, "{page}");
        assert_eq!(page["associated"][0]["region_unit_id"], "dir-num");
        let mine = desk.get("reader", "/api/region/desk?mine=true").await;
        assert_eq!(mine["files"].as_array().map(Vec::len), Some(1), "asked to read it");
        let answers = "/api/proposals/pro/cross-readings/dir-num";
        let remarks = json!({ "answer": "remarks", "body": "Voir le sch\u{e9}ma num\u{e9}rique." });
        assert_problem(&desk.put("region_instructor", answers, remarks.clone()).await, 403, "not_your_direction");
        desk.later(30);
        let page = desk.get("owner", REVIEW).await;
        assert_eq!(page["review"]["readings"][0]["is_silent"], true);
        let bare = json!({ "answer": "remarks" });
        assert_eq!(faults(&desk.put("reader", answers, bare).await), [("body".into(), "required".into())]);
        let (status, page) = desk.put("reader", answers, remarks).await;
        assert_eq!(status, 200, "late, and before the decision: {page}");
        assert_eq!(page["review"]["readings"][0]["answer"], "remarks");
        let owner = desk.get("owner", REVIEW).await;
        assert!(owner["review"]["readings"][0]["body"].is_null(), "remarks stay at the Region");
        desk.complete("pro").await;
        let page = desk.get("region_instructor", REVIEW).await;
        assert_eq!(page["review"]["status"], "cross_read");
        let session = json!({ "expected_version": page["review"]["version"], "session": { "on": desk.day(9), "organ": "Commission permanente" } });
        let (_, page) = desk.put("region_instructor", REVIEW, session).await;
        assert_eq!(page["review"]["status"], "scheduled");
        assert_eq!(desk.get("owner", REVIEW).await["review"]["session_on"], desk.day(9));
    }

    async fn the_desk_is_read_in_as_many_queries_whatever_its_files(database: Database) {
        let desk = Desk::new(&database).await;
        let path = "/api/region/desk";
        assert_problem(&desk.world.get("owner", path).await, 403, "role_missing");
        let (_, few) = counted(desk.world.get("region_instructor", path)).await;
        for number in 0..12 {
            desk.file(&format!("pro-{number}")).await;
        }
        let ((status, page), many) = counted(desk.world.get("region_instructor", path)).await;
        assert_eq!(status, 200, "{page}");
        assert_eq!(page["files"].as_array().map(Vec::len), Some(13));
        assert_eq!(few, many);
        let file = &page["files"][0];
        assert_eq!(file["proposal_id"], "pro", "what has waited longest first");
        assert_eq!(file["advice"]["value"], "retained");
        assert_eq!(file["advice"]["ceilings"][0]["amount_cents"], 50_000);
        assert_eq!(file["requested"][0]["amount_cents"], 60_000);
        assert_eq!(file["open_check_count"], 5);
        assert_eq!(file["porteur"], "B");
        desk.complete("pro-3").await;
        for (filter, count) in [("status=complete", 1), ("lead=dir-num", 0), ("lead=dir-eco", 13), ("mine=true", 13), ("text=pro-11", 1), ("session=2030-01-01", 0)] {
            let page = desk.get("region_instructor", &format!("{path}?{filter}")).await;
            assert_eq!(page["files"].as_array().map(Vec::len), Some(count), "{filter}");
        }
        assert_eq!(desk.get("reader", &format!("{path}?mine=true")).await["files"], json!([]));
        assert_eq!(faults(&desk.world.get("reader", &format!("{path}?status=lost")).await), [("status".into(), "unknown".into())]);
        desk.later(91);
        let late = desk.get("region_instructor", path).await;
        assert_eq!(late["files"][0]["flags"][0]["code"], "region_stalled");
        assert_eq!(late["files"][0]["waiting_days"], 91);
    }

    async fn the_desk_answers_304_when_known_and_as_a_table(database: Database) {
        let desk = Desk::new(&database).await;
        let ask = async |path: &str, tag: Option<&str>| {
            let request = Request::builder().uri(path).header(header::AUTHORIZATION, "Bearer reader");
            let request = match tag {
                Some(tag) => request.header(header::IF_NONE_MATCH, tag),
                None => request,
            };
            desk.world.raw(request.body(Body::empty()).expect("a request")).await
        };
        let (_, headers, _) = ask("/api/region/desk", None).await;
        let tag = headers[header::ETAG].to_str().expect("a tag").to_owned();
        assert_eq!(ask("/api/region/desk", Some(&tag)).await.0, 304);
        let (status, headers, bytes) = ask("/api/region/desk.csv", None).await;
        assert_eq!((status.as_u16(), headers[header::CONTENT_TYPE].to_str().expect("text")), (200, "text/csv; charset=utf-8"));
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.contains(",600.00,"), "{text}");
    }
}
